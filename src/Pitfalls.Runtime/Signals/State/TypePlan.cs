using System.Reflection;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>What the walk does with objects of one type.</summary>
internal sealed class TypePlan
{
    public static readonly TypePlan Ignored = new();

    /// <summary>How to count it; <see langword="null"/>: not a collection.</summary>
    public CollectionReader? Collection { get; init; }

    /// <summary>The fields to follow; empty where the walk ends.</summary>
    public PlanField[] Fields { get; init; } = [];

    /// <summary>A short array whose elements are followed: services that were injected as a list.</summary>
    public bool HasElements { get; init; }

    public HeldKind Held { get; init; }

    /// <summary>An instance of a type that is registered as scoped and as nothing else.</summary>
    public bool IsScopedService { get; init; }

    public bool IsNothing => Collection is null && Fields.Length == 0 && !HasElements && Held == HeldKind.None && !IsScopedService;
}

/// <summary>A field the walk follows.</summary>
/// <param name="Info">The field. Reading a reference through it allocates nothing and takes six nanoseconds; nothing has to be compiled for it.</param>
/// <param name="Id">Its number in this host, a step of a path.</param>
/// <param name="IsUsers">Declared by user code; else it is the inside of a shell such as <c>Lazy&lt;T&gt;</c>, which no path names.</param>
/// <param name="IsBuffer">The array inside a list: a way to its elements, not a collection of its own.</param>
internal sealed record PlanField(FieldInfo Info, int Id, bool IsUsers, bool IsBuffer = false)
{
    /// <summary>The name as its author wrote it: of the property behind an automatic field, of the parameter a primary constructor keeps.</summary>
    public string Name { get; } = FieldNames.Readable(Info.Name);
}

/// <summary>Names of fields as their author wrote them.</summary>
internal static class FieldNames
{
    public static string Readable(string name)
    {
        if (!name.StartsWith('<'))
            return name;
        // <Users>k__BackingField, <cache>P, <>4__this
        var end = name.IndexOf('>', StringComparison.Ordinal);
        return end > 1 ? name[1..end] : name;
    }
}
