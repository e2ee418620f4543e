using System.Diagnostics.Metrics;

namespace Pitfalls.Runtime.Diagnostics;

/// <summary>The meter <c>Pitfalls.Runtime</c> and its instruments. A meter listener of the app may throw: nothing of ours falls over it.</summary>
internal sealed class PitfallMeter
{
    public const string Name = "Pitfalls.Runtime";

    private readonly Counter<long>? _occurrences;
    private readonly UpDownCounter<long>? _active;
    private readonly Histogram<double>? _duration;
    private readonly Counter<long>? _dropped;
    private readonly Histogram<double>? _queueDelay;

    public PitfallMeter(IMeterFactory meters)
    {
        Meter = meters.Create(Name);
        // Each by itself: a listener may throw as soon as an instrument is published, and then that one is not there.
        _occurrences = Made(() => Meter.CreateCounter<long>("pitfall.finding.occurrences", "{occurrence}", "How often pitfalls were seen."));
        _active = Made(() => Meter.CreateUpDownCounter<long>("pitfall.finding.active", "{finding}", "Distinct findings that are known and not resolved."));
        _duration = Made(() => Meter.CreateHistogram<double>("pitfall.detector.duration", "s", "Time a detector took to judge one signal, off the request."));
        _dropped = Made(() => Meter.CreateCounter<long>("pitfall.signal.dropped", "{signal}", "Signals and findings that could not be kept."));
        _queueDelay = Made(() => Meter.CreateHistogram<double>("pitfall.threadpool.queue.delay", "s", "Time a work item waits for a thread of the pool."));
    }

    public Meter Meter { get; }

    /// <summary>Whether anybody listens to the detectors' own cost: else no time is taken.</summary>
    public bool MeasuresDuration => _duration?.Enabled == true;

    public void Occurred(Finding finding, long times) => Safely(() => _occurrences?.Add(times, RuleTag(finding.RuleId), SeverityTag(finding.Severity)));

    public void Activated(Finding finding, long change) => Safely(() => _active?.Add(change, RuleTag(finding.RuleId), SeverityTag(finding.Severity)));

    public void Judged(string ruleId, TimeSpan duration) => Safely(() => _duration?.Record(duration.TotalSeconds, RuleTag(ruleId)));

    public void Dropped(string reason)
    {
        // Drops come in floods and on requests: nothing is built where nobody listens.
        if (_dropped is { Enabled: true } counter)
            Add(counter, reason);

        static void Add(Counter<long> counter, string reason) => Safely(() => counter.Add(1, new KeyValuePair<string, object?>("error.type", reason)));
    }

    public void Queued(TimeSpan delay) => Safely(() => _queueDelay?.Record(delay.TotalSeconds));

    /// <summary>1 while a detector runs, 0 when it is off.</summary>
    public void ReportEnabled(Func<IEnumerable<(string RuleId, bool IsEnabled)>> detectors) => Safely(() => Meter.CreateObservableGauge(
        "pitfall.detector.enabled",
        () => detectors().Select(d => new Measurement<int>(d.IsEnabled ? 1 : 0, RuleTag(d.RuleId))),
        "{detector}",
        "1 while a detector runs, 0 when profile, configuration or faults have switched it off."));

    internal static KeyValuePair<string, object?> RuleTag(string ruleId) => new("pitfall.rule.id", ruleId);

    private static KeyValuePair<string, object?> SeverityTag(PitfallSeverity severity) => new("pitfall.severity", severity.ToString());

    private static T? Made<T>(Func<T> make)
        where T : Instrument
    {
        T? made = null;
        Safely(() => made = make());
        return made;
    }

    private static void Safely(Action use)
    {
        try
        {
            use();
        }
        catch (Exception exception)
        {
            PitfallEventSource.Log.SinkFaulted("MeterListener", exception.GetType().FullName!);
        }
    }
}
