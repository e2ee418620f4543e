using System.Collections.Concurrent;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Dependencies;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Rules.Threading;

/// <summary>User code still works for a request whose response has ended: nobody waits for it, nobody hears of its faults, and what it uses goes away under it.</summary>
internal sealed class WorkAfterRequest : ILateWorkRule, IDependencyRule
{
    private const int MaxKnown = 512;

    // What has run for so long is perhaps no request's: a singleton made by the first request may have started a timer for good.
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(30);

    private static readonly DurationSetting s_grace = new(
        "Grace", "How long after the end of the response work may go on.",
        TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));

    private readonly ConcurrentDictionary<string, string> _first = new();

    public static PitfallRule Rule { get; } = new(1005, nameof(WorkAfterRequest), "Work after the request", PitfallSeverity.Warning, PitfallSeverity.Warning,
        "Await it; or hand it to a hosted service through a queue, with a service scope of its own.", s_grace);

    public void Observe(LateWork work, IPitfallReporter reporter)
    {
        if (work.Since < reporter.Get(Rule, s_grace) || IsPerhapsNobodys(work.Subject, work.TraceId, work.Since))
            return;
        var what = work.Touched is { } touched ? $"reached for the request's {touched}, which is gone," : work.Sign switch
        {
            LateSign.Log => "still wrote to the log",
            LateSign.Console => "still wrote to the console",
            _ => "failed",
        };
        Report(work.Route, work.Location, work.Subject, what, work.Since, reporter, new Occurrence
        {
            Message = "",
            Subject = "",
            Evidence = Evidence.Of(("sign", work.Touched is null ? work.Sign.ToString() : "Disposed"), ("touched", work.Touched), ("millisecondsAfter", (long)work.Since.TotalMilliseconds)),
            TraceId = work.TraceId,
            // What is gone hurts more than what is only late.
            Weight = work.Touched is null ? 0 : 1,
            Declared = work.Declared,
            Ambient = work.Ambient,
        });
    }

    public void Observe(in DependencyCall call, IPitfallReporter reporter)
    {
        if (call.Phase != CallPhase.AfterResponse || call.IsStream || call.Location is not { } location || call.Function is not { } function
            || call.SinceResponse < reporter.Get(Rule, s_grace) || IsPerhapsNobodys(function, call.TraceId, call.SinceResponse))
            return;
        Report(call.Route, location, function, $"still called {call.System}", call.SinceResponse, reporter, new Occurrence
        {
            Message = "",
            Subject = "",
            Evidence = Evidence.Of(("sign", "Call"), ("system", call.System), ("millisecondsAfter", (long)call.SinceResponse.TotalMilliseconds)),
            TraceId = call.TraceId,
            Declared = call.Declared,
            Ambient = call.Ambient,
        });
    }

    private static void Report(string? route, PitfallLocation location, string subject, string what, TimeSpan since, IPitfallReporter reporter, Occurrence occurrence) =>
        reporter.Report(Rule, occurrence with
        {
            Message = $"{location.Function} {what} {(long)since.TotalMilliseconds:N0} ms after the response of {route ?? "its request"} had ended.",
            Subject = subject,
            Route = route,
            Location = location,
        });

    /// <summary>Late by so much, it must be seen in two requests.</summary>
    private bool IsPerhapsNobodys(string subject, string? traceId, TimeSpan since) =>
        since >= s_long && (_first.Count >= MaxKnown || _first.GetOrAdd(subject, traceId ?? "") == (traceId ?? ""));
}
