using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Startup.Cors;

/// <summary>A CORS policy that is in use, with the answers it gave.</summary>
internal sealed record EffectiveCorsPolicy
{
    /// <summary>For people: <c>the policy "Shop"</c>, <c>the default policy</c>, <c>the policy of UseCors</c>.</summary>
    public required string Name { get; init; }

    public bool AllowsCredentials { get; init; }

    /// <summary>Whether it lets in an origin that was made up just now.</summary>
    public bool LetsAnyOriginIn { get; init; }

    /// <summary>The endpoints that name it; empty: all that the middleware covers.</summary>
    public IReadOnlyList<string> Routes { get; init; } = [];

    /// <summary>The user's own method that decides on origins.</summary>
    public PitfallLocation? Location { get; init; }

    public Allowance? Declared { get; init; }
}
