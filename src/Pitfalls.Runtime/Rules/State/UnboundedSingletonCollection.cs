using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.State;

namespace Pitfalls.Runtime.Rules.State;

/// <summary>The same in a singleton or hosted service, or in a <c>MemoryCache</c> that nothing bounds.</summary>
internal sealed class UnboundedSingletonCollection : IGrowthRule
{
    internal static readonly NumberSetting MinimumEntries = new("MinimumEntries", "Collections with fewer entries are left alone.", 100, min: 2, max: 100_000_000);

    internal static readonly NumberSetting GrowingSamples = new("GrowingSamples", "In so many samples it must have grown, without ever shrinking.", 5, min: 2, max: 50);

    private const double MostlyLasting = 0.5;

    public static PitfallRule Rule { get; } = new(2002, nameof(UnboundedSingletonCollection), "Unbounded singleton collection",
        PitfallSeverity.Warning, PitfallSeverity.Warning,
        "Bound it: an IMemoryCache with a SizeLimit and expiring entries, a HybridCache, or remove entries when they are no longer needed.",
        MinimumEntries, GrowingSamples);

    public void Observe(ObservedCollection collection, IPitfallReporter reporter)
    {
        if (collection.IsMemoryCache ? !IsUnbounded(collection.Limits) : collection.Root == RootKind.Static)
            return;
        if (Growth.Of(collection, reporter.Get(Rule, MinimumEntries), reporter.Get(Rule, GrowingSamples)) is not { } growth)
            return;
        // A shared cache that no code of the user's fills is a library's.
        if (collection.IsMemoryCache && !collection.Changes.Value.Any(c => c.Adds))
            return;
        var occurrence = GrowthReport.Of(collection, growth);
        reporter.Report(Rule, !collection.IsMemoryCache ? occurrence : occurrence with
        {
            Fix = "Give the cache a SizeLimit (and every entry a Size), or every entry an expiry.",
        });
    }

    private static bool IsUnbounded(CacheLimits? limits) => limits is { HasSizeLimit: false, ShareWithoutExpiry: >= MostlyLasting };
}
