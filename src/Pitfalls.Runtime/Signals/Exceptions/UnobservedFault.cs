using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Exceptions;

/// <summary>Wakes a rule for every fault of a task of user code that nobody looked at until the task was collected.</summary>
internal interface IUnobservedTaskRule
{
    void Observe(UnobservedFault fault, IPitfallReporter reporter);
}

/// <summary>A task's fault that nobody observed, in plain values.</summary>
internal sealed record UnobservedFault
{
    /// <summary>The CLR type's full name.</summary>
    public required string Type { get; init; }

    /// <summary>The user's function whose task it was, and the line in it that led to the fault.</summary>
    public required PitfallLocation Location { get; init; }

    /// <summary>That function, stable across restarts and moved lines.</summary>
    public required string Subject { get; init; }

    /// <summary>The function that threw it.</summary>
    public string? ThrownBy { get; init; }

    /// <summary>Somebody did look at the exception, if not at the task.</summary>
    public bool WasTold { get; init; }

    public string? Route { get; init; }

    public string? TraceId { get; init; }

    public Allowance? Declared { get; init; }

    public Allowance? Ambient { get; init; }
}
