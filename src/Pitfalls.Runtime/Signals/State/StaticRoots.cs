using System.Reflection;

using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>
/// The static fields of user types that may hold state. Assemblies are taken up as they load; a type's fields are read from the moment its
/// static constructor has run, never before.
/// </summary>
internal sealed class StaticRoots(UserCode userCode, TypePlans plans, InitializedTypes initialized)
{
    private const BindingFlags Statics = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private readonly HashSet<Assembly> _assemblies = [];
    private readonly HashSet<Type> _closedTypes = [];
    private readonly List<TypeStatics> _types = [];

    /// <summary>Types of user code that have static fields worth reading.</summary>
    public int Types => _types.Count;

    /// <summary>Types and fields that could not be read.</summary>
    public int Unreadable { get; private set; }

    /// <summary>What the static fields hold now, of the types that have been initialised.</summary>
    public IEnumerable<(WalkRoot Root, object Value)> Read()
    {
        TakeUpNewAssemblies();
        foreach (var type in _types)
        {
            if (!type.IsInitialized)
            {
                if (!initialized.IsInitialized(type.Type))
                    continue;
                type.IsInitialized = true;
            }

            foreach (var root in type.Roots)
            {
                if (ValueOf(root.Field!) is { } value)
                    yield return (root, value);
            }
        }
    }

    /// <summary>A closed generic type: it has statics of its own, and reflection cannot list them.</summary>
    public void Add(Type closed)
    {
        if (closed.IsConstructedGenericType && !closed.ContainsGenericParameters && plans.IsUsers(closed) && !closed.IsCollectible && _closedTypes.Add(closed))
            TakeUp(closed);
    }

    private void TakeUpNewAssemblies()
    {
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
        {
            // What can be unloaded must not be held: its statics are left alone.
            if (assembly.IsDynamic || assembly.IsCollectible || !userCode.Contains(assembly) || !_assemblies.Add(assembly))
                continue;
            foreach (var type in TypesOf(assembly))
                TakeUp(type);
            foreach (var closed in ClosedTypes.NamedIn(assembly, plans.IsUsers))
                Add(closed);
        }
    }

    private Type[] TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException exception)
        {
            Unreadable += exception.LoaderExceptions.Length;
            return [.. exception.Types.OfType<Type>()];
        }
        catch (Exception)
        {
            Unreadable++;
            return [];
        }
    }

    private void TakeUp(Type type)
    {
        if (type.ContainsGenericParameters)
            return;
        try
        {
            var roots = type.GetFields(Statics)
                .Where(IsShared)
                .Select(f => new WalkRoot(RootKind.Static, $"{MethodNames.TypeName(type)}.{FieldNames.Readable(f.Name)}", plans.NextId(), f, type))
                .ToArray();
            if (roots.Length > 0)
                _types.Add(new TypeStatics(type, roots));
        }
        catch (Exception)
        {
            Unreadable++;
        }
    }

    /// <summary>Constants are no state, a thread's own statics are not shared, and what the compiler keeps of lambdas is nobody's cache.</summary>
    private bool IsShared(FieldInfo field)
    {
        try
        {
            return !field.IsLiteral
                && !field.Name.StartsWith("<>", StringComparison.Ordinal)
                && plans.IsWorthALook(field.FieldType)
                && !field.GetCustomAttributesData().Any(a => a.AttributeType == typeof(ThreadStaticAttribute));
        }
        catch (Exception)
        {
            Unreadable++;
            return false;
        }
    }

    private object? ValueOf(FieldInfo field)
    {
        try
        {
            return field.GetValue(null);
        }
        catch (Exception)
        {
            Unreadable++;
            return null;
        }
    }

    private sealed class TypeStatics(Type type, WalkRoot[] roots)
    {
        public Type Type { get; } = type;

        public WalkRoot[] Roots { get; } = roots;

        public bool IsInitialized { get; set; }
    }
}
