namespace Pitfalls.Runtime.Reporting;

/// <summary>What a rule reports: one sighting of its pitfall, in plain values.</summary>
internal sealed record Occurrence
{
    /// <summary>One plain sentence with the fact and the place.</summary>
    public required string Message { get; init; }

    /// <summary>
    /// What makes two sightings the same mistake: the endpoint, the function or a key. Stable across restarts and line moves.
    /// The fingerprint is made of it and the rule.
    /// </summary>
    public required string Subject { get; init; }

    /// <summary>A fix more precise than the rule's own.</summary>
    public string? Fix { get; init; }

    /// <summary>The endpoint, <c>GET /orders/{id}</c>; never a raw path.</summary>
    public string? Route { get; init; }

    /// <summary>The other endpoints when one sighting speaks of several.</summary>
    public IReadOnlyList<string> MoreRoutes { get; init; } = [];

    /// <summary>The first frame of the user's code.</summary>
    public PitfallLocation? Location { get; init; }

    public Evidence Evidence { get; init; } = Evidence.None;

    public string? TraceId { get; init; }

    /// <summary>How bad this sighting is among those of its subject: the finding speaks of the worst one.</summary>
    public double Weight { get; init; }

    /// <summary>The sighting reported before went on: its words may be worse now, but it counts once.</summary>
    public bool IsContinuation { get; init; }

    /// <summary>What attributes and endpoint metadata allow there.</summary>
    public Allowance? Declared { get; init; }

    /// <summary>What <see cref="Pitfall.Allow"/> allowed there and then.</summary>
    public Allowance? Ambient { get; init; }
}
