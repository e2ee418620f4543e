using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>Wakes a rule for code of the user's that still runs in a request's execution context after its response has ended. Dependency calls have a signal of their own.</summary>
internal interface ILateWorkRule
{
    void Observe(LateWork work, IPitfallReporter reporter);
}

/// <summary>How late work showed itself.</summary>
internal enum LateSign
{
    Log,
    Console,
    Exception,
}

/// <summary>Work that outlived its request, in plain values.</summary>
internal sealed record LateWork
{
    public required LateSign Sign { get; init; }

    /// <summary>How long after the end of the response.</summary>
    public required TimeSpan Since { get; init; }

    /// <summary>The user's function that worked, and the line.</summary>
    public required PitfallLocation Location { get; init; }

    /// <summary>That function, stable across restarts and moved lines.</summary>
    public required string Subject { get; init; }

    /// <summary>What it reached for that had gone with the request: <c>HttpContext</c>, <c>DbContext</c>, <c>IServiceProvider</c>; <see langword="null"/>: nothing known.</summary>
    public string? Touched { get; init; }

    public string? Route { get; init; }

    public string? TraceId { get; init; }

    public Allowance? Declared { get; init; }

    public Allowance? Ambient { get; init; }
}
