namespace Pitfalls.Runtime.Signals.Code;

/// <summary>What one pass over the code found out about collections and fields.</summary>
internal sealed class UseIndex(
    Dictionary<FieldKey, List<CollectionUse>> byField, List<CollectionUse> caches, Dictionary<FieldKey, List<FieldAssignment>> assignments,
    HashSet<(string Assembly, string Type)> constructed, Dictionary<FieldKey, Origin> aliases)
{
    public static readonly UseIndex Empty = new([], [], [], [], []);

    public IReadOnlyList<CollectionUse> UsesOf(FieldKey field) => byField.GetValueOrDefault(field) ?? [];

    /// <summary>Every place that puts something into a <c>MemoryCache</c>, whichever one it is.</summary>
    public IReadOnlyList<CollectionUse> MemoryCacheUses => caches;

    public IReadOnlyList<FieldAssignment> AssignmentsOf(FieldKey field) => assignments.GetValueOrDefault(field) ?? [];

    /// <summary>Whether user code makes objects of this type by itself.</summary>
    public bool IsConstructed(string assembly, string type) => constructed.Contains((assembly, type));

    /// <summary>The field a value came from, through the compiler's own fields of closures and state machines.</summary>
    public FieldKey? Behind(Origin origin) => Resolve(aliases, origin) is { Kind: OriginKind.Field, Field: { IsCompilers: false } field } ? field : null;

    internal static Origin Resolve(Dictionary<FieldKey, Origin> aliases, Origin origin)
    {
        for (var hops = 0; hops < 4 && origin is { Kind: OriginKind.Field, Field: { IsCompilers: true } field }; hops++)
        {
            if (!aliases.TryGetValue(field, out var behind) || behind.Kind is not (OriginKind.Field or OriginKind.Argument))
                break;
            origin = behind;
        }

        return origin;
    }
}
