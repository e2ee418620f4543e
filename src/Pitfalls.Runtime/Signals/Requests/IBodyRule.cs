using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>Wakes a rule when user code reads or writes a body synchronously.</summary>
internal interface IBodyRule
{
    void Observe(SynchronousBody body, IPitfallReporter reporter);
}

/// <summary>A body that was read or written by a call that holds the thread, in plain values.</summary>
internal sealed record SynchronousBody
{
    public const string Form = "Request.Form";
    public const string Read = "Request.Body.Read";
    public const string Write = "Response.Body.Write";

    /// <summary>One of the names above.</summary>
    public required string Call { get; init; }

    public required string Route { get; init; }

    public required PitfallLocation Location { get; init; }

    public string? Function { get; init; }

    public string? TraceId { get; init; }

    public Allowance? Declared { get; init; }

    public Allowance? Ambient { get; init; }
}
