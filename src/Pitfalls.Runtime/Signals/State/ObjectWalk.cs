using System.Reflection;
using System.Runtime.CompilerServices;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>
/// A bounded walk over instance fields, breadth first, so that everything is found on its shortest path. It reads fields and nothing
/// else: no getter, no enumerator, no <c>Equals</c> or <c>GetHashCode</c> of an object of the app's ever runs.
/// </summary>
internal sealed class ObjectWalk(TypePlans plans)
{
    public const int MaxDepth = 4;
    public const int MaxObjects = 100_000;

    /// <summary>Elements of arrays and lists up to this length are followed.</summary>
    public const int MaxElements = 16;

    // What most apps need is kept from scan to scan, some 2 MB at most and as little as the app is small; what a huge one needed is given back.
    private const int KeptBlocks = 32;
    private const int KeptCapacity = KeptBlocks * 1024;

    // So many steps take less than a millisecond: then somebody else may have the processor.
    private const int StepsInOneGo = 512;

    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly StepList<Step> _steps = new(KeptBlocks);
    private IReadOnlySet<object>? _wanted;

    /// <summary>Fields that could not be read: their type cannot be loaded, or the field was trimmed.</summary>
    public int Unreadable { get; private set; }

    /// <summary>Objects looked at in the last walk.</summary>
    public int Objects { get; private set; }

    /// <summary>Whether the last walk ended at its bound.</summary>
    public bool IsCut { get; private set; }

    /// <param name="roots">The objects to start from. A static field that holds nothing comes without a value and is left out before.</param>
    /// <param name="visitor">Told what is found.</param>
    /// <param name="wanted">Objects to be told of whatever their type is.</param>
    /// <param name="breathe">Called now and then: whoever walks for long lets others pass.</param>
    public void Run(IEnumerable<(WalkRoot Root, object Value)> roots, IWalkVisitor visitor, IReadOnlySet<object>? wanted = null, Action? breathe = null)
    {
        (IsCut, Objects, _wanted) = (false, 0, wanted is { Count: > 0 } ? wanted : null);
        try
        {
            foreach (var (root, value) in roots)
                Meet(value, root, parent: -1, via: null, depth: 0, Mix((ulong)root.Id, 0), visitor);
            for (var i = 0; i < _steps.Count && !IsCut; i++)
            {
                Follow(i, visitor);
                if (i % StepsInOneGo == StepsInOneGo - 1)
                    breathe?.Invoke();
            }
        }
        finally
        {
            Forget();
        }
    }

    /// <summary>The way to a step as a person writes it: <c>Shop.Registry.Instance._users</c>.</summary>
    public string PathOf(in Found found)
    {
        var names = new List<string>();
        if (found.Via is { IsUsers: true } last)
            names.Add(last.Name);
        for (var i = found.Parent; i >= 0; i = _steps[i].Parent)
        {
            if (_steps[i].Via is { IsUsers: true } field)
                names.Add(field.Name);
        }

        names.Add(found.Root.Name);
        names.Reverse();
        return string.Join('.', names);
    }

    /// <summary>The last field of the user's on the way: the one that code names when it writes. The root's own when there is none.</summary>
    public FieldInfo? UserFieldOf(in Found found)
    {
        if (found.Via is { IsUsers: true } last)
            return last.Info;
        for (var i = found.Parent; i >= 0; i = _steps[i].Parent)
        {
            if (_steps[i].Via is { IsUsers: true } field)
                return field.Info;
        }

        return found.Root.Field;
    }

    /// <summary>Whether an array or a list lies on the way.</summary>
    public bool IsElement(in Found found)
    {
        if (found.Parent >= 0 && found.Via is null)
            return true;
        for (var i = found.Parent; i >= 0; i = _steps[i].Parent)
        {
            if (_steps[i] is { Parent: >= 0, Via: null })
                return true;
        }

        return false;
    }

    private void Follow(int index, IWalkVisitor visitor)
    {
        var step = _steps[index];
        if (step.Plan.HasElements)
        {
            // A short array only; arrays of references are covariant, so this cast cannot fail.
            var elements = Unsafe.As<object?[]>(step.Value);
            for (var i = 0; i < elements.Length && elements.Length <= MaxElements; i++)
            {
                if (elements[i] is { } element)
                    Meet(element, step.Root, index, null, step.Depth + 1, Mix(step.Path, (ulong)~i), visitor);
            }
        }

        foreach (var field in step.Plan.Fields)
        {
            object? value;
            try
            {
                value = field.Info.GetValue(step.Value);
            }
            catch (Exception)
            {
                Unreadable++;
                continue;
            }

            if (value is not null)
                Meet(value, step.Root, index, field, step.Depth + 1, Mix(step.Path, (ulong)field.Id), visitor);
        }
    }

    private void Meet(object value, WalkRoot root, int parent, PlanField? via, int depth, ulong path, IWalkVisitor visitor)
    {
        var plan = plans.For(value.GetType());
        var isWanted = _wanted?.Contains(value) == true;
        if (plan.IsNothing && !isWanted)
            return;
        Objects++;
        var found = new Found(value, plan, root, parent, via, path);
        if (plan.Held != HeldKind.None || plan.IsScopedService || isWanted)
            visitor.Held(found);
        // The inside of a shell is no step further away from its owner, and the values of a struct live in their owner.
        if (via is { IsUsers: false } || value is ValueType)
            depth--;
        // A boxed value is a copy of its own each time; it is not remembered.
        if (value is not ValueType && !_seen.Add(value))
        {
            if (plan.Collection is not null && via is not { IsBuffer: true })
                visitor.AlsoAt(found);
            return;
        }

        if (plan.Collection is not null && via is not { IsBuffer: true })
            visitor.Collection(found);
        if (depth >= MaxDepth || (plan.Fields.Length == 0 && !plan.HasElements))
            return;
        if (_steps.Count >= MaxObjects)
            IsCut = true;
        else
            _steps.Add(new Step(value, plan, root, parent, via, depth, path));
    }

    /// <summary>Nothing of the app's stays in our hands between two walks.</summary>
    private void Forget()
    {
        _wanted = null;
        _seen.Clear();
        if (_seen.Capacity > KeptCapacity * 2)
            _seen.TrimExcess(KeptCapacity);
        _steps.Clear();
    }

    private static ulong Mix(ulong path, ulong step)
    {
        var mixed = (path ^ (step + 0x9E3779B97F4A7C15)) * 0xBF58476D1CE4E5B9;
        return mixed ^ (mixed >> 29);
    }

    private readonly record struct Step(object Value, TypePlan Plan, WalkRoot Root, int Parent, PlanField? Via, int Depth, ulong Path);
}

/// <summary>Something met on a walk. It holds the app's object: for the duration of the call only.</summary>
/// <param name="Value">The object.</param>
/// <param name="Plan">What is known about its type.</param>
/// <param name="Root">Where the walk came from.</param>
/// <param name="Parent">The step before, for the walk.</param>
/// <param name="Via">The field that holds it; <see langword="null"/>: the root itself, or an element of an array.</param>
/// <param name="Path">The way to it as a number, the same in every walk.</param>
internal readonly record struct Found(object Value, TypePlan Plan, WalkRoot Root, int Parent, PlanField? Via, ulong Path);

/// <summary>Told what a walk finds.</summary>
internal interface IWalkVisitor
{
    /// <summary>A collection, the first time it is met.</summary>
    void Collection(in Found found);

    /// <summary>The same collection on another way.</summary>
    void AlsoAt(in Found found);

    /// <summary>Something that should not live in a field for good, perhaps.</summary>
    void Held(in Found found);
}
