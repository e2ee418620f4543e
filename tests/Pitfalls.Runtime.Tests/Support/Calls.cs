using Pitfalls.Runtime.Signals.Dependencies;

namespace Pitfalls.Runtime.Tests.Support;

/// <summary>Calls as a rule gets them, without a database.</summary>
internal static class Calls
{
    public static PitfallLocation Place { get; } = new() { Function = "Shop.Orders.List", File = "Orders.cs", Line = 7 };

    public static DependencyCall Query(
        bool? isSynchronous = false, CallPhase phase = CallPhase.Request, string operation = "SELECT", bool isUsers = true, DependencyKind kind = DependencyKind.Database,
        string system = "sqlite", TimeSpan? duration = null) => new()
        {
            Kind = kind,
            System = system,
            Operation = operation,
            Table = kind == DependencyKind.Database ? "Orders" : null,
            Phase = phase,
            IsSynchronous = isSynchronous,
            IsEntityFramework = kind == DependencyKind.Database,
            Duration = duration ?? TimeSpan.FromMilliseconds(3),
            Failed = false,
            Route = phase == CallPhase.Outside ? null : "GET /orders",
            Location = isUsers ? Place : null,
            Function = isUsers ? Place.Function : null,
        };
}
