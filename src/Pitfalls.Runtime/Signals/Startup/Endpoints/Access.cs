namespace Pitfalls.Runtime.Signals.Startup.Endpoints;

/// <summary>Whom an endpoint lets in, by what it says itself.</summary>
/// <param name="Demands">What it demands; empty: nothing.</param>
/// <param name="IsWaived">It says explicitly that everybody may come.</param>
internal sealed record Access(IReadOnlyList<AccessDemand> Demands, bool IsWaived)
{
    public bool IsGuarded => Demands.Count > 0 && !IsWaived;

    /// <summary>It neither demands anything nor says that this is meant.</summary>
    public bool IsOpen => Demands.Count == 0 && !IsWaived;
}

/// <summary>One demand for authorization.</summary>
/// <param name="Words">For people: <c>the policy "Admin"</c>.</param>
/// <param name="Code">What a call or an attribute says between its parentheses, as in <c>RequireAuthorization("Admin")</c>; <see langword="null"/> where that cannot be said.</param>
/// <param name="Attribute">The same as an attribute: <c>[Authorize(Policy = "Admin")]</c>.</param>
/// <param name="IsShared">Endpoints with other handlers carry the very same object: it was put on their group or controller.</param>
internal sealed record AccessDemand(string Words, string? Code, string? Attribute, bool IsShared)
{
    public bool Says(AccessDemand other) => Words == other.Words;
}
