using System.Collections;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>
/// Reads how many entries a collection of one closed type has, from its fields: no property, no enumerator, no lock of the app's. What it
/// reads while others write is a number that was true a moment ago, never less than zero.
/// </summary>
internal sealed class CollectionReader
{
    // A ConcurrentStack knows its count only by walking its nodes.
    private const int MaxNodes = 100_000;

    private readonly Func<object, long> _count;
    private readonly Func<object, int>? _version;

    private CollectionReader(CollectionKind kind, Type type, Func<object, long> count, Func<object, int>? version)
    {
        Kind = kind;
        Type = type;
        _count = count;
        _version = version;
        var arguments = type.IsGenericType ? type.GetGenericArguments() : type.IsArray ? [type.GetElementType()!] : [];
        (KeyType, ValueType) = arguments switch
        {
            [var key, var value] => (key, value),
            [var element] => (null, element),
            _ => ((Type?)null, (Type?)null),
        };
    }

    public CollectionKind Kind { get; }

    /// <summary>The framework's closed type, also where the app derives from it.</summary>
    public Type Type { get; }

    public Type? KeyType { get; }

    public Type? ValueType { get; }

    public long Count(object collection) => Math.Max(0, _count(collection));

    /// <summary>Changes with every change of the collection; 0 where the type keeps none.</summary>
    public int Version(object collection) => _version?.Invoke(collection) ?? 0;

    /// <param name="kind">What is known about the type.</param>
    /// <param name="type">The framework's closed type, not one derived from it.</param>
    /// <returns><see langword="null"/> when the type does not look as it is known to: another version of the framework, or trimmed.</returns>
    public static CollectionReader? Create(CollectionKind kind, Type type)
    {
        var count = kind.Count is { } path ? FromFields(type, path) : kind.Name switch
        {
            "ConcurrentDictionary" => OfConcurrentDictionary(type),
            "ConcurrentQueue" => OfConcurrentQueue(type),
            "ConcurrentStack" => OfNodes(type, "_head", "_next"),
            "ConcurrentBag" => OfConcurrentBag(type),
            "MemoryCache" => OfMemoryCache(type),
            _ => null,
        };
        if (count is null)
            return null;
        var version = kind.Version is { } field ? FromFields(type, field) : null;
        return new CollectionReader(kind, type, count, version is null ? null : o => (int)version(o));
    }

    public static CollectionReader OfArray(Type type) => new(CollectionKind.Array, type, static o => ((Array)o).Length, null);

    /// <summary>A private or public instance field by name, declared by this very type.</summary>
    internal static FieldInfo? Field(Type? type, string name) =>
        type?.GetField(name, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly);

    private static Func<object, long>? FromFields(Type type, string path)
    {
        var parts = path.Split('-');
        if (Chain(type, parts[0]) is not { } plus)
            return null;
        if (parts.Length == 1)
            return Compile(plus, []);
        return Chain(type, parts[1]) is { } minus ? Compile(plus, minus) : null;
    }

    private static FieldInfo[]? Chain(Type type, string path)
    {
        var chain = new List<FieldInfo>();
        for (var (names, i, at) = (path.Split('.'), 0, (Type?)type); i < names.Length; i++)
        {
            FieldInfo? field = null;
            for (; at is not null && field is null; at = at.BaseType)
                field = Field(at, names[i]);
            if (field is null)
                return null;
            chain.Add(field);
            at = field.FieldType;
        }

        return chain[^1].FieldType == typeof(int) ? [.. chain] : null;
    }

    private static Func<object, long> Compile(FieldInfo[] plus, FieldInfo[] minus)
    {
        if (!RuntimeFeature.IsDynamicCodeCompiled)
            return o => Read(plus, o) - (minus.Length > 0 ? Read(minus, o) : 0);
        var method = new DynamicMethod("Count", typeof(long), [typeof(object)], typeof(CollectionReader).Module, skipVisibility: true);
        var il = method.GetILGenerator();
        Load(plus);
        if (minus.Length > 0)
        {
            Load(minus);
            il.Emit(OpCodes.Sub);
        }

        il.Emit(OpCodes.Conv_I8);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<object, long>>();

        void Load(FieldInfo[] chain)
        {
            il.Emit(OpCodes.Ldarg_0);
            foreach (var field in chain)
                il.Emit(OpCodes.Ldfld, field);
        }
    }

    private static int Read(FieldInfo[] chain, object? o)
    {
        foreach (var field in chain)
            o = field.GetValue(o);
        return (int)o!;
    }

    /// <summary><c>Count</c> would take every lock of the dictionary. Each lock's own counter is a plain number.</summary>
    private static Func<object, long>? OfConcurrentDictionary(Type type)
    {
        if (Field(type, "_tables") is not { } tables || Field(tables.FieldType, "_countPerLock") is not { } counts)
            return null;
        return o =>
        {
            long sum = 0;
            foreach (var count in (int[])counts.GetValue(tables.GetValue(o))!)
                sum += count;
            return sum;
        };
    }

    /// <summary>Without a lock while it has two segments or fewer; with more, its lock is held for as long as it takes to add their sizes.</summary>
    private static Func<object, long>? OfConcurrentQueue(Type type)
    {
        if (type.GetProperty("Count")?.GetMethod is not { } count)
            return null;
        // The framework's own method, called as such: a derived type cannot put its own in between.
        return o => o.GetType() == type ? ((ICollection)o).Count : (int)count.Invoke(o, null)!;
    }

    private static Func<object, long>? OfNodes(Type type, string headName, string nextName)
    {
        if (Field(type, headName) is not { } head || Field(head.FieldType, nextName) is not { } next)
            return null;
        return o =>
        {
            long nodes = 0;
            for (var node = head.GetValue(o); node is not null && nodes < MaxNodes; node = next.GetValue(node))
                nodes++;
            return nodes;
        };
    }

    /// <summary><c>Count</c> would freeze the bag and take the lock of every thread's list.</summary>
    private static Func<object, long>? OfConcurrentBag(Type type)
    {
        if (Field(type, "_workStealingQueues") is not { } first
            || Field(first.FieldType, "_nextQueue") is not { } next
            || Field(first.FieldType, "_addTakeCount") is not { } added
            || Field(first.FieldType, "_stealCount") is not { } stolen)
            return null;
        return o =>
        {
            long sum = 0;
            for (var queue = first.GetValue(o); queue is not null; queue = next.GetValue(queue))
                sum += (int)added.GetValue(queue)! - (int)stolen.GetValue(queue)!;
            return sum;
        };
    }

    private static Func<object, long>? OfMemoryCache(Type type)
    {
        if (Field(type, "_coherentState") is not { } state
            || Field(state.FieldType, "_stringEntries") is not { } strings
            || Field(state.FieldType, "_nonStringEntries") is not { } others
            || OfConcurrentDictionary(strings.FieldType) is not { } countStrings
            || OfConcurrentDictionary(others.FieldType) is not { } countOthers)
            return null;
        return o =>
        {
            var current = state.GetValue(o)!;
            return countStrings(strings.GetValue(current)!) + countOthers(others.GetValue(current)!);
        };
    }
}
