using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;

using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>
/// Plans for every type the walk meets, made once. It goes into user types, a few shells around them, and arrays; other libraries' objects
/// are theirs. Types of collectible assemblies are left alone: a plan would keep them from being unloaded.
/// </summary>
internal sealed class TypePlans(UserCode userCode, Func<Type, bool>? isScopedService = null)
{
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private readonly ConcurrentDictionary<Type, TypePlan> _plans = new();
    private int _nextId;

    /// <summary>Collections whose layout is not the known one, and types that cannot be looked at: skipped, and told.</summary>
    public ConcurrentDictionary<string, byte> Unreadable { get; } = new();

    public TypePlan For(Type type) => _plans.TryGetValue(type, out var plan) ? plan : type.IsCollectible ? TypePlan.Ignored : Add(type);

    /// <summary>A number no field and no root of this host has yet.</summary>
    public int NextId() => Interlocked.Increment(ref _nextId);

    public bool IsUsers(Type type) => userCode.Contains(type.Assembly);

    /// <summary>Whether a field declared with this type may hold something worth a look.</summary>
    public bool IsWorthALook(Type declared)
    {
        if (declared.IsPrimitive || declared.IsEnum || declared.IsPointer || declared.IsFunctionPointer || declared.IsByRef || declared.IsByRefLike
            || declared == typeof(string) || typeof(Delegate).IsAssignableFrom(declared) || typeof(MemberInfo).IsAssignableFrom(declared))
            return false;
        if (declared.IsArray)
            return declared.IsSZArray;
        if (Nullable.GetUnderlyingType(declared) is { } inner)
            return IsWorthALook(inner);
        // A value type, or a sealed class of somebody else's, will be of that very type: its plan tells. (A sealed class of the user's
        // may refer back to the type whose plan is being made.)
        return !declared.IsSealed || (!declared.IsValueType && IsUsers(declared)) || !For(declared).IsNothing;
    }

    private TypePlan Add(Type type)
    {
        TypePlan plan;
        try
        {
            plan = Make(type);
        }
        catch (Exception)
        {
            // A type that refers to something that is not there.
            Unreadable.TryAdd(MethodNames.TypeName(type), 0);
            plan = TypePlan.Ignored;
        }

        return _plans.GetOrAdd(type, plan);
    }

    private TypePlan Make(Type type)
    {
        if (type.IsSZArray)
            return new TypePlan { Collection = CollectionReader.OfArray(type), HasElements = HasElements(type) };
        var fields = new List<PlanField>();
        CollectionReader? collection = null;
        for (var at = type; at is not null && at != typeof(object); at = at.BaseType)
        {
            if (IsUsers(at) || IsTuple(at))
                fields.AddRange(at.GetFields(Own).Where(f => IsWorthALook(f.FieldType)).Select(f => new PlanField(f, NextId(), IsUsers(at))));
            else if (AddKnown(at, fields, ref collection))
                break;
        }

        var plan = new TypePlan
        {
            Collection = collection,
            Fields = [.. fields],
            Held = HeldKinds.Of(type),
            IsScopedService = isScopedService?.Invoke(type) == true,
        };
        return plan.IsNothing ? TypePlan.Ignored : plan;
    }

    private bool AddKnown(Type type, List<PlanField> fields, ref CollectionReader? collection)
    {
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        if (CollectionKind.Of(definition) is { } kind)
        {
            collection = CollectionReader.Create(kind, type);
            if (collection is null)
                Unreadable.TryAdd(kind.Name, 0);
            else if (kind.Buffer is { } name && CollectionReader.Field(type, name) is { } buffer && HasElements(buffer.FieldType))
                fields.Add(new PlanField(buffer, NextId(), IsUsers: false, IsBuffer: true));
            return true;
        }

        if (CollectionKind.ShellField(definition) is not { } shell)
            return false;
        if (CollectionReader.Field(type, shell) is not { } content)
            Unreadable.TryAdd(MethodNames.TypeName(definition), 0);
        else if (IsWorthALook(content.FieldType))
            fields.Add(new PlanField(content, NextId(), IsUsers: false));
        return true;
    }

    private bool HasElements(Type array) =>
        array.IsSZArray && array.GetElementType() is { IsValueType: false } element && IsWorthALook(element);

    private static bool IsTuple(Type type) =>
        type.IsGenericType
        && (typeof(ITuple).IsAssignableFrom(type) || type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>))
        && type.Assembly == typeof(object).Assembly;
}
