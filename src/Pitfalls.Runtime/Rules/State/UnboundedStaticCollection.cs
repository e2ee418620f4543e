using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.State;

namespace Pitfalls.Runtime.Rules.State;

/// <summary>A collection in a static field that grows with every request and never shrinks: a leak with a name.</summary>
internal sealed class UnboundedStaticCollection : IGrowthRule, ISampleClock
{
    internal static readonly DurationSetting SampleInterval = new(
        "SampleInterval", "How often collections are counted; it holds for all rules about state.",
        development: TimeSpan.FromSeconds(10), production: TimeSpan.FromSeconds(60), min: TimeSpan.FromMilliseconds(20), max: TimeSpan.FromHours(1));

    internal static readonly NumberSetting MinimumEntries = new("MinimumEntries", "Collections with fewer entries are left alone.", 100, min: 2, max: 100_000_000);

    internal static readonly NumberSetting GrowingSamples = new("GrowingSamples", "In so many samples it must have grown, without ever shrinking.", 5, min: 2, max: 50);

    public static PitfallRule Rule { get; } = new(2001, nameof(UnboundedStaticCollection), "Unbounded static collection",
        PitfallSeverity.Warning, PitfallSeverity.Warning,
        "Bound it: an IMemoryCache with a SizeLimit and expiring entries, a HybridCache, or remove entries when they are no longer needed.",
        SampleInterval, MinimumEntries, GrowingSamples);

    public TimeSpan Interval(IPitfallReporter reporter) => reporter.Get(Rule, SampleInterval);

    public void Observe(ObservedCollection collection, IPitfallReporter reporter)
    {
        // A MemoryCache has rules of its own, wherever it is held.
        if (collection.Root != RootKind.Static || collection.IsMemoryCache)
            return;
        if (Growth.Of(collection, reporter.Get(Rule, MinimumEntries), reporter.Get(Rule, GrowingSamples)) is { } growth)
            reporter.Report(Rule, GrowthReport.Of(collection, growth));
    }
}
