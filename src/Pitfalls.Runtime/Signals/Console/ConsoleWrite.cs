using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Console;

/// <summary>Wakes a rule for console output that user code wrote in a request or a hosted service.</summary>
internal interface IConsoleRule
{
    void Observe(ConsoleWrite write, IPitfallReporter reporter);
}

/// <summary>One write to the console, in plain values. What was written is not among them.</summary>
internal sealed record ConsoleWrite
{
    /// <summary>The call as it stands in the code: <c>Console.WriteLine</c>, <c>Console.Error.Write</c>.</summary>
    public required string Call { get; init; }

    public required PitfallLocation Location { get; init; }

    /// <summary>The writing function, stable across restarts and moved lines.</summary>
    public required string Subject { get; init; }

    public string? Route { get; init; }

    public string? TraceId { get; init; }

    public Allowance? Declared { get; init; }

    public Allowance? Ambient { get; init; }
}
