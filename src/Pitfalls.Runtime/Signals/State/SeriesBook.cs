using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Signals.Code;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>The series of all collections that are watched, by the way that leads to them. A fixed number; what comes after is told in <c>api/status</c>.</summary>
internal sealed class SeriesBook(StatusNotes notes)
{
    public const int MaxSeries = 1000;

    // A collection that is gone for this many scans is forgotten.
    private const int ForgottenAfter = 10;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, CollectionSeries> _series = [];

    /// <summary>The series of a way; <see langword="null"/> when there are too many.</summary>
    public CollectionSeries? Of(ulong path, Func<CollectionSeries> make)
    {
        lock (_lock)
        {
            if (_series.TryGetValue(path, out var series))
                return series;
            if (_series.Count >= MaxSeries)
            {
                notes.Add($"More than {MaxSeries} collections are reachable from statics and singletons: those found later are not watched.");
                return null;
            }

            return _series[path] = make();
        }
    }

    /// <summary>Takes a sample. Written and read under one lock: the page asks from another thread.</summary>
    public void Add(CollectionSeries series, object collection, DateTimeOffset now, long requests)
    {
        lock (_lock)
            series.Add(collection, now, requests);
    }

    /// <summary>The series of a collection that this field leads to, and that is not one of many of its kind.</summary>
    public CollectionSeries? Behind(FieldKey field)
    {
        lock (_lock)
            return _series.Values.FirstOrDefault(s => !s.IsElement && s.Fields.Any(f => FieldKey.Of(f) == field));
    }

    public void Forget(long scan)
    {
        lock (_lock)
        {
            foreach (var (path, series) in _series)
            {
                if (series.SeenIn < scan - ForgottenAfter)
                    _series.Remove(path);
            }
        }
    }

    /// <summary>A copy for whoever asks from another thread.</summary>
    public IReadOnlyList<SeriesSnapshot> All()
    {
        lock (_lock)
        {
            return [.. _series.Values
                .Where(s => s.IsWatched)
                .Select(s => new SeriesSnapshot(s.Name, s.Reader.Kind.Name, s.Root.Kind, [.. s.Samples]))
                .OrderBy(s => s.Name, StringComparer.Ordinal)];
        }
    }
}

/// <summary>A series as it was at a moment.</summary>
internal sealed record SeriesSnapshot(string Name, string Kind, RootKind Root, IReadOnlyList<CollectionSample> Samples);
