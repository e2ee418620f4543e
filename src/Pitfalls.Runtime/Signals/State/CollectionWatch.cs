using System.Reflection;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Code;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>Keeps the series of the collections a scan meets, and shows the rules those that changed.</summary>
internal sealed class CollectionWatch(
    SeriesBook book, CodeBook code, SourceLocator locator, RuleSet rules, IPitfallReporter reporter, DetectorGuard guard, PitfallMeter meter)
{
    private readonly RuleRunner<IGrowthRule> _growth = new(rules, reporter, guard, meter);
    private readonly RuleRunner<IChangeRule> _changes = new(rules, reporter, guard, meter);
    private readonly List<CollectionSeries> _changed = [];
    private readonly Dictionary<object, CollectionSeries> _met = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether any collection got more or fewer entries in the last scan.</summary>
    public bool IsAnythingGrowing { get; private set; }

    public bool IsWanted => _growth.IsAnyEnabled || _changes.IsAnyEnabled;

    public void Begin()
    {
        _changed.Clear();
        _met.Clear();
    }

    public void Meet(in Found found, ObjectWalk walk, long scan, DateTimeOffset now, long requests)
    {
        var (value, root, reader) = (found.Value, found.Root, found.Plan.Collection!);
        var (at, copy) = (walk, found);
        if (book.Of(found.Path, () => new CollectionSeries(at.PathOf(copy), root, reader, at.UserFieldOf(copy)) { IsElement = at.IsElement(copy) }) is not { } series)
            return;
        series.SeenIn = scan;
        book.Add(series, value, now, requests);
        _met[value] = series;
        if (!series.HasChanged)
            return;
        if (reader.Kind.IsMemoryCache)
            series.Limits = MemoryCacheLimits.Read(value);
        _changed.Add(series);
    }

    /// <summary>The same collection in another field: code may write through either.</summary>
    public void MeetAgain(object collection, FieldInfo? field)
    {
        if (field is not null && _met.TryGetValue(collection, out var series))
            series.AddField(field);
    }

    /// <summary>The walk is over: nothing of the app's is held any more, and the rules have their turn.</summary>
    public void End(long scan)
    {
        _met.Clear();
        IsAnythingGrowing = _changed.Count > 0;
        foreach (var series in _changed)
        {
            var observed = Observed(series);
            if (series.HasGrownOrShrunk)
                _growth.Run((rule, report) => rule.Observe(observed, report));
            _changes.Run((rule, report) => rule.Observe(observed, report));
        }

        _changed.Clear();
        book.Forget(scan);
    }

    /// <summary>A collection that is watched and that this field leads to.</summary>
    public ObservedCollection? Behind(FieldKey field) => book.Behind(field) is { } series ? Observed(series) : null;

    private ObservedCollection Observed(CollectionSeries series) => new()
    {
        Name = series.Name,
        Kind = series.Reader.Kind.Name,
        Type = TypeText.Of(series.Reader.Type),
        Root = series.Root.Kind,
        IsElement = series.IsElement,
        Sharing = series.Reader.Kind.Sharing,
        KeyType = series.Reader.KeyType is { } key ? TypeText.Of(key) : null,
        ValueType = series.Reader.ValueType is { } value ? TypeText.Of(value) : null,
        Samples = [.. series.Samples],
        ShrunkFrom = series.ShrunkFrom,
        ChangesWithRequests = series.ChangesWithRequests,
        IsMemoryCache = series.Reader.Kind.IsMemoryCache,
        Limits = series.Limits,
        // A cache of the container's has no field of its own: whoever puts something into any cache may be the one.
        Changes = new(() => series.Fields.Count > 0 ? code.ChangesOf(series.Fields)
            : series.Reader.Kind.IsMemoryCache ? code.MemoryCacheChanges()
            : []),
        Declaration = new(() => series.Fields.FirstOrDefault() is { } field ? locator.Locate(field, series.Name)
            : locator.Locate(series.Root.Type, series.Name)),
        Declared = new(() => Allowances.Of([.. series.Fields, series.Root.Field, series.Root.Type])),
    };
}
