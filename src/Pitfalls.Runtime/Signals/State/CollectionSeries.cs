using System.Reflection;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>
/// The samples of one collection, a fixed number of them. It holds the collection weakly: watching something must not be what keeps it alive.
/// </summary>
internal sealed class CollectionSeries
{
    public const int MaxSamples = 60;

    private readonly Queue<CollectionSample> _samples = new();
    private readonly HashSet<FieldInfo> _fields = [];
    private WeakReference? _collection;
    private CollectionSample _last;
    private int _version;

    public CollectionSeries(string name, WalkRoot root, CollectionReader reader, FieldInfo? field)
    {
        Name = name;
        Root = root;
        Reader = reader;
        if (field is not null)
            _fields.Add(field);
    }

    public string Name { get; }

    public WalkRoot Root { get; }

    public CollectionReader Reader { get; }

    /// <summary>On the way there lies an array or list.</summary>
    public bool IsElement { get; init; }

    /// <summary>The fields that lead to it: code may write through any of them.</summary>
    public IReadOnlyCollection<FieldInfo> Fields => _fields;

    public IReadOnlyCollection<CollectionSample> Samples => _samples;

    public long ShrunkFrom { get; private set; }

    public int ChangesWithRequests { get; private set; }

    public bool HasGrownOrShrunk { get; private set; }

    public bool HasChanged { get; private set; }

    public CacheLimits? Limits { get; set; }

    /// <summary>The scan that saw it last.</summary>
    public long SeenIn { get; set; }

    /// <summary>An array is worth a series only once it was replaced by a longer or shorter one.</summary>
    public bool IsWatched => Reader.Kind != CollectionKind.Array || ShrunkFrom > 0 || _samples.Count > 1;

    public void AddField(FieldInfo field)
    {
        if (_fields.Count < 4)
            _fields.Add(field);
    }

    public void Add(object collection, DateTimeOffset now, long requests)
    {
        // Another dictionary in the same field starts anew; an immutable collection is another one after each change.
        if (Reader.Kind.Sharing != Sharing.Immutable && !ReferenceEquals(_collection?.Target, collection))
        {
            if (_collection is not null)
                Restart();
            _collection = new WeakReference(collection);
        }

        var sample = new CollectionSample(now, Reader.Count(collection), requests);
        var version = Reader.Version(collection);
        var isFirst = _samples.Count == 0;
        HasGrownOrShrunk = !isFirst && sample.Count != _last.Count;
        HasChanged = HasGrownOrShrunk || (!isFirst && version != _version);
        if (HasChanged && requests > _last.Requests)
            ChangesWithRequests++;
        if (!isFirst && sample.Count < _last.Count)
            ShrunkFrom = Math.Max(ShrunkFrom, _last.Count);
        if (isFirst || Reader.Kind != CollectionKind.Array || HasGrownOrShrunk || _samples.Count > 1)
        {
            _samples.Enqueue(sample);
            if (_samples.Count > MaxSamples)
                _samples.Dequeue();
        }

        (_last, _version) = (sample, version);
    }

    private void Restart()
    {
        // Thrown away and begun again is a way of shrinking.
        ShrunkFrom = Math.Max(ShrunkFrom, _last.Count);
        _samples.Clear();
    }
}
