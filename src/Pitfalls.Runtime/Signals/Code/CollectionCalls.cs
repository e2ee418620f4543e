namespace Pitfalls.Runtime.Signals.Code;

/// <summary>What a call does to the collection that is its receiver, or its first argument.</summary>
internal enum CollectionEffect
{
    None,
    Adds,
    Changes,
}

/// <summary>The methods of collections and caches that change them.</summary>
internal static class CollectionCalls
{
    public static CollectionEffect EffectOf(in MethodKey key) => key.Type switch
    {
        "Microsoft.Extensions.Caching.Memory.CacheExtensions" or "Microsoft.Extensions.Caching.Memory.IMemoryCache" or "Microsoft.Extensions.Caching.Memory.MemoryCache" =>
            key.Name is "Set" or "GetOrCreate" or "GetOrCreateAsync" or "CreateEntry" ? CollectionEffect.Adds
            : key.Name is "Remove" or "Clear" or "Compact" ? CollectionEffect.Changes
            : CollectionEffect.None,
        "System.Threading.Channels.ChannelWriter`1" => key.Name is "TryWrite" or "WriteAsync" ? CollectionEffect.Adds : CollectionEffect.None,
        "System.Array" => key.Name is "Resize" ? CollectionEffect.Adds : CollectionEffect.None,
        "System.Runtime.InteropServices.CollectionsMarshal" =>
            key.Name is "GetValueRefOrAddDefault" ? CollectionEffect.Adds : key.Name is "SetCount" ? CollectionEffect.Changes : CollectionEffect.None,
        var type when type.StartsWith("System.Collections.", StringComparison.Ordinal) => OfCollection(type, key.Name),
        _ => CollectionEffect.None,
    };

    /// <summary>Whether it is a cache that the app shares through its services, so that no field need lead to it.</summary>
    public static bool IsMemoryCache(in MethodKey key) => key.Type.StartsWith("Microsoft.Extensions.Caching.Memory.", StringComparison.Ordinal);

    private static CollectionEffect OfCollection(string type, string name) => name switch
    {
        "Add" or "TryAdd" or "AddRange" or "Insert" or "InsertRange" or "Enqueue" or "EnqueueRange" or "EnqueueDequeue" or "Push" or "PushRange"
            or "GetOrAdd" or "AddOrUpdate" or "AddFirst" or "AddLast" or "AddBefore" or "AddAfter" or "UnionWith" or "SetItem" or "SetItems"
            or "Update" => CollectionEffect.Adds,
        // A list's indexer replaces; a dictionary's may add.
        "set_Item" => type.Contains("List", StringComparison.Ordinal) && !type.Contains("SortedList", StringComparison.Ordinal) ? CollectionEffect.Changes : CollectionEffect.Adds,
        "Remove" or "RemoveAt" or "RemoveAll" or "RemoveRange" or "RemoveWhere" or "TryRemove" or "Clear" or "Dequeue" or "TryDequeue" or "Pop" or "TryPop"
            or "TryTake" or "Take" or "RemoveFirst" or "RemoveLast" or "ExceptWith" or "IntersectWith" or "SymmetricExceptWith" or "Sort" or "Reverse"
            or "EnsureCapacity" or "TrimExcess" or "Set" or "set_Capacity" => CollectionEffect.Changes,
        _ => CollectionEffect.None,
    };
}
