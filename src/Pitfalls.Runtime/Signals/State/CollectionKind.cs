namespace Pitfalls.Runtime.Signals.State;

/// <summary>What a known collection type is to us: its layout's field names come from the framework's sources and are checked when first met.</summary>
/// <param name="TypeName">The type's full name, as reflection writes it.</param>
/// <param name="Count">
/// Where its number of entries stands: fields joined by dots, minus what stands after a minus sign. <see langword="null"/>: it needs a way of its own.
/// </param>
/// <param name="Version">The field that changes with every change of the collection; <see langword="null"/> when there is none.</param>
/// <param name="Sharing">Whether threads may change it at the same time.</param>
/// <param name="Buffer">The array with its elements, where short ones are followed.</param>
internal sealed record CollectionKind(string TypeName, string? Count, string? Version, Sharing Sharing, string? Buffer = null)
{
    /// <summary>An array counts as what replaces it when it grows: a new one.</summary>
    public static readonly CollectionKind Array = new("System.Array", null, null, Sharing.Immutable);

    private const string Generic = "System.Collections.Generic.";
    private const string Concurrent = "System.Collections.Concurrent.";
    private const string Immutable = "System.Collections.Immutable.";
    private const string Cache = "Microsoft.Extensions.Caching.Memory.MemoryCache";
    private const string Old = "System.Collections.";

    private static readonly Dictionary<string, CollectionKind> s_known = new CollectionKind[]
    {
        new(Generic + "Dictionary`2", "_count-_freeCount", "_version", Sharing.NotSafe),
        new(Generic + "HashSet`1", "_count-_freeCount", "_version", Sharing.NotSafe),
        new(Generic + "List`1", "_size", "_version", Sharing.NotSafe, Buffer: "_items"),
        new(Generic + "Queue`1", "_size", "_version", Sharing.NotSafe),
        new(Generic + "Stack`1", "_size", "_version", Sharing.NotSafe),
        new(Generic + "LinkedList`1", "count", "version", Sharing.NotSafe),
        new(Generic + "SortedDictionary`2", "_set.count", "_set.version", Sharing.NotSafe),
        new(Generic + "SortedSet`1", "count", "version", Sharing.NotSafe),
        new(Generic + "SortedList`2", "_size", "version", Sharing.NotSafe),
        new(Generic + "PriorityQueue`2", "_size", "_version", Sharing.NotSafe),
        new(Generic + "OrderedDictionary`2", "_count", "_version", Sharing.NotSafe),
        // Hashtable is made for one writer and many readers; two writers break it.
        new(Old + "Hashtable", "_count", "_version", Sharing.NotSafe),
        new(Old + "ArrayList", "_size", "_version", Sharing.NotSafe),
        new(Old + "Queue", "_size", "_version", Sharing.NotSafe),
        new(Old + "Stack", "_size", "_version", Sharing.NotSafe),
        new(Old + "SortedList", "_size", "version", Sharing.NotSafe),
        new(Old + "Specialized.NameObjectCollectionBase", "_entriesArray._size", "_version", Sharing.NotSafe),
        new(Concurrent + "ConcurrentDictionary`2", null, null, Sharing.Concurrent),
        new(Concurrent + "ConcurrentQueue`1", null, null, Sharing.Concurrent),
        new(Concurrent + "ConcurrentStack`1", null, null, Sharing.Concurrent),
        new(Concurrent + "ConcurrentBag`1", null, null, Sharing.Concurrent),
        new(Immutable + "ImmutableDictionary`2", "_count", null, Sharing.Immutable),
        new(Immutable + "ImmutableHashSet`1", "_count", null, Sharing.Immutable),
        new(Immutable + "ImmutableList`1", "_root._count", null, Sharing.Immutable),
        new(Immutable + "ImmutableSortedDictionary`2", "_count", null, Sharing.Immutable),
        new(Immutable + "ImmutableSortedSet`1", "_root._count", null, Sharing.Immutable),
        new(Cache, null, null, Sharing.Concurrent),
    }.ToDictionary(k => k.TypeName);

    // Thin shells around what counts: the field to look behind.
    private static readonly Dictionary<string, string> s_shells = new()
    {
        ["System.Lazy`1"] = "_value",
        ["System.Threading.Tasks.Task`1"] = "m_result",
        ["System.Runtime.CompilerServices.StrongBox`1"] = "Value",
        [Old + "ObjectModel.Collection`1"] = "items",
        [Old + "ObjectModel.ReadOnlyCollection`1"] = "list",
        [Old + "ObjectModel.ReadOnlyDictionary`2"] = "m_dictionary",
        [Concurrent + "BlockingCollection`1"] = "_collection",
        [Immutable + "ImmutableArray`1"] = "array",
        ["System.Threading.Channels.UnboundedChannel`1"] = "_items",
    };

    /// <summary>The name a person would use: <c>ConcurrentDictionary</c>.</summary>
    public string Name { get; } = NameOf(TypeName);

    public bool IsMemoryCache => TypeName == Cache;

    public static CollectionKind? Of(Type definition) => definition.FullName is { } name ? s_known.GetValueOrDefault(name) : null;

    /// <summary>The field behind which a shell holds its content; <see langword="null"/> when the type is no shell.</summary>
    public static string? ShellField(Type definition) => definition.FullName is { } name ? s_shells.GetValueOrDefault(name) : null;

    private static string NameOf(string typeName)
    {
        var name = typeName[(typeName.LastIndexOf('.') + 1)..];
        return name.IndexOf('`', StringComparison.Ordinal) is > 0 and var arity ? name[..arity]
            : name == "NameObjectCollectionBase" ? "NameValueCollection"
            : name;
    }
}

/// <summary>Whether threads may change a collection at the same time.</summary>
internal enum Sharing
{
    NotSafe,
    Concurrent,
    Immutable,
}
