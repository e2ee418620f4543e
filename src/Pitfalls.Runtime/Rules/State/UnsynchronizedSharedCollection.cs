using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.State;

namespace Pitfalls.Runtime.Rules.State;

/// <summary>A collection made for one thread, in a place that all requests share, changed by them without a lock.</summary>
internal sealed class UnsynchronizedSharedCollection : IChangeRule, ICollectionFaultRule
{
    // Once may be a lookup that the first request fills.
    private const int ChangesWithRequests = 2;

    public static PitfallRule Rule { get; } = new(2003, nameof(UnsynchronizedSharedCollection), "Unsynchronized shared collection",
        PitfallSeverity.Warning, PitfallSeverity.Warning,
        "Use a concurrent collection such as ConcurrentDictionary, or put every access, reading included, inside one lock.");

    public void Observe(ObservedCollection collection, IPitfallReporter reporter)
    {
        if (!IsAtRisk(collection) || collection.IsElement || collection.ChangesWithRequests < ChangesWithRequests)
            return;
        var bare = collection.Changes.Value.Where(c => c is { IsFromRequests: true, IsLocked: false, IsConstruction: false }).ToList();
        if (bare is not [var place, ..])
            return;
        var others = bare.Count == 1 ? "" : $" and {bare.Count - 1} other place{(bare.Count == 2 ? "" : "s")}";
        reporter.Report(Rule, new Occurrence
        {
            Message = $"{collection.Name} ({collection.Type}) is shared by all requests and changed by {place.Short}{others} without a lock, and a {collection.Kind} is not made for two threads.",
            Subject = collection.Name,
            Location = place.Location,
            Evidence = Evidence.Of(
                ("field", collection.Name),
                ("kind", collection.Kind),
                ("root", collection.Root.ToString()),
                ("seenIn", "code"),
                ("writers", GrowthReport.Places(bare))),
            Declared = GrowthReport.Chain(collection.Declared.Value, place.Declared),
        });
    }

    public void Observe(CollectionFault fault, IPitfallReporter reporter)
    {
        var collection = fault.Collection;
        if (!IsAtRisk(collection))
            return;
        reporter.Report(Rule, new Occurrence
        {
            Message = $"{collection.Name} ({collection.Type}) {What(fault.Kind)}: the runtime threw InvalidOperationException in {fault.Place.Short}.",
            Subject = collection.Name,
            Route = fault.Route,
            Location = fault.Place.Location,
            Evidence = Evidence.Of(
                ("field", collection.Name),
                ("kind", collection.Kind),
                ("root", collection.Root.ToString()),
                ("seenIn", "exception"),
                ("writers", GrowthReport.Places([.. collection.Changes.Value.Where(c => !c.IsConstruction)]))),
            // It has happened: that says more than that it can.
            Weight = 1,
            Declared = GrowthReport.Chain(collection.Declared.Value, fault.Place.Declared),
            Ambient = fault.Ambient,
        });
    }

    private static bool IsAtRisk(ObservedCollection collection) => collection.Sharing == Sharing.NotSafe && !collection.IsMemoryCache;

    private static string What(CollectionFaultKind kind) => kind == CollectionFaultKind.ChangedByTwo
        ? "was changed by two threads at once and is damaged"
        : "was changed while it was being read";
}
