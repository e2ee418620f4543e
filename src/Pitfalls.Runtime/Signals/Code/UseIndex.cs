namespace Pitfalls.Runtime.Signals.Code;

/// <summary>What one pass over the code found out about collections and fields.</summary>
internal sealed class UseIndex(
    Dictionary<FieldKey, List<CollectionUse>> byField, List<CollectionUse> caches, Dictionary<FieldKey, List<FieldAssignment>> assignments,
    HashSet<(string Assembly, string Type)> constructed)
{
    public static readonly UseIndex Empty = new([], [], [], []);

    public IReadOnlyList<CollectionUse> UsesOf(FieldKey field) => byField.GetValueOrDefault(field) ?? [];

    /// <summary>Every place that puts something into a <c>MemoryCache</c>, whichever one it is.</summary>
    public IReadOnlyList<CollectionUse> MemoryCacheUses => caches;

    public IReadOnlyList<FieldAssignment> AssignmentsOf(FieldKey field) => assignments.GetValueOrDefault(field) ?? [];

    /// <summary>Whether user code makes objects of this type by itself.</summary>
    public bool IsConstructed(string assembly, string type) => constructed.Contains((assembly, type));
}
