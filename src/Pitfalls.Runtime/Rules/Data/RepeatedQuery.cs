using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Dependencies;

namespace Pitfalls.Runtime.Rules.Data;

/// <summary>The same command again and again in one request: one query for a list, and one more for each of its rows.</summary>
internal sealed class RepeatedQuery : IRepetitionRule
{
    private static readonly NumberSetting s_minimumRepeats = new("MinimumRepeats", "How often the same command must run in one request.", 5, 3, 10_000);

    public static PitfallRule Rule { get; } = new(5005, nameof(RepeatedQuery), "Repeated query", PitfallSeverity.Warning, PitfallSeverity.Warning,
        "Ask once for all rows: Include(…), a join, a projection, or WHERE … IN over the keys.", s_minimumRepeats);

    public void Observe(in Repetition repetition, IPitfallReporter reporter)
    {
        var (call, count, time, isStream) = repetition;
        if (call.Kind != DependencyKind.Database || isStream || count < reporter.Get(Rule, s_minimumRepeats))
            return;
        var what = call.Table is { } table ? $"{call.Operation} on {table}" : call.Operation;
        var milliseconds = Math.Round(time.TotalMilliseconds, 1);
        reporter.Report(Rule, new Occurrence
        {
            Message = FormattableString.Invariant($"{call.Route} ran the same {what} {count:N0} times, {milliseconds:N1} ms in all ({call.System})."),
            Subject = $"{call.Function ?? call.Route}|{call.Operation} {call.Table}",
            Fix = call.Operation is "SELECT" or "WITH" ? null : "Send the changes together: one SaveChangesAsync() after the loop, ExecuteUpdateAsync(…), or a batch.",
            Route = call.Route,
            Location = call.Location,
            Evidence = Evidence.Of(
                ("count", count),
                ("milliseconds", milliseconds),
                ("system", call.System),
                ("operation", call.Operation),
                ("table", call.Table),
                ("context", call.IsEntityFramework ? call.Target : null),
                ("calledBy", call.Caller)),
            TraceId = call.TraceId,
            Weight = count,
            Declared = call.Declared,
            Ambient = call.Ambient,
        });
    }
}
