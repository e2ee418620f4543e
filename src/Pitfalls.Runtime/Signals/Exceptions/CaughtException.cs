using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Exceptions;

/// <summary>Wakes a rule for every exception that user code caught, once its request has ended or, in a hosted service, a moment later.</summary>
internal interface ICaughtExceptionRule
{
    void Observe(CaughtException caught, IPitfallReporter reporter);
}

/// <summary>An exception that user code caught, and what became of it, in plain values.</summary>
internal sealed record CaughtException
{
    /// <summary>The CLR type's full name.</summary>
    public required string Type { get; init; }

    /// <summary>The catching method, and the line of the clause.</summary>
    public required PitfallLocation Location { get; init; }

    /// <summary>The catching method and clause, stable across restarts and moved lines.</summary>
    public required string Subject { get; init; }

    /// <summary>Whether the clause asks for any exception at all.</summary>
    public required bool CatchesAll { get; init; }

    /// <summary>What the clause's code does about it.</summary>
    public required CatchFate Fate { get; init; }

    /// <summary>It was handed to a logger, there or on the way.</summary>
    public bool WasLogged { get; init; }

    /// <summary>A cancelled operation that did not just take too long.</summary>
    public bool IsCancellation { get; init; }

    /// <summary>The client was gone, and this is what the server notices of it.</summary>
    public bool IsAbortedRequest { get; init; }

    /// <summary>What the request answered; 0 in hosted services.</summary>
    public int Status { get; init; }

    /// <summary>The function that threw it.</summary>
    public string? ThrownBy { get; init; }

    public string? Route { get; init; }

    public string? TraceId { get; init; }

    public Allowance? Declared { get; init; }

    public Allowance? Ambient { get; init; }
}

/// <summary>What the code of a catch clause does about its exception.</summary>
internal enum CatchFate
{
    /// <summary>Nothing that anybody could notice.</summary>
    Vanishes,

    /// <summary>It looks at the exception: passes it on, stores it, asks it something.</summary>
    Used,

    /// <summary>It throws, this or another, perhaps under a condition.</summary>
    Throws,

    /// <summary>It tells a log, an activity or a metric that something went wrong, if not what.</summary>
    Told,

    /// <summary>Not code of the author's: the compiler's own clause that puts the exception into the task.</summary>
    Builder,
}
