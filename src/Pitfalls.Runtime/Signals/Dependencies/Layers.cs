namespace Pitfalls.Runtime.Signals.Dependencies;

/// <summary>
/// One call passes several layers that each tell of it: Entity Framework and the provider below it, gRPC and the HTTP client below that. The
/// upper one notes on the thread that the next call told there is its own; they follow each other without an await in between.
/// </summary>
internal static class Layers
{
    private const long Longest = 100;

    [ThreadStatic]
    private static (DependencyKind Kind, string? System, long Until) t_upper;

    public static void Enter(DependencyKind kind, string? system = null) => t_upper = (kind, system, Environment.TickCount64 + Longest);

    public static void Leave() => t_upper = default;

    /// <summary>Whether the call that a lower layer tells of is known already. The note is good for one.</summary>
    public static bool IsBelow(DependencyKind kind, out string? system)
    {
        var upper = t_upper;
        system = upper.System;
        if (upper.Until == 0 || upper.Kind != kind)
            return false;
        t_upper = default;
        return Environment.TickCount64 <= upper.Until;
    }
}
