using System.Reflection;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Code;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>Remembers what was found in which field, weakly, and shows it to the rules: what is there for one moment may be on its way.</summary>
internal sealed class HeldWatch(CodeBook code, SourceLocator locator, RuleSet rules, IPitfallReporter reporter, DetectorGuard guard, PitfallMeter meter)
{
    private const int MaxFields = 1000;

    private readonly RuleRunner<IHeldObjectRule> _rules = new(rules, reporter, guard, meter);
    private readonly Dictionary<ulong, Entry> _entries = [];
    private readonly List<Entry> _met = [];
    private readonly HashSet<object> _unheld = new(ReferenceEqualityComparer.Instance);
    private HashSet<object> _promoted = new(ReferenceEqualityComparer.Instance);

    public bool IsWanted => _rules.IsAnyEnabled;

    /// <param name="promoted">Scoped services that the container made for the root scope.</param>
    /// <returns>The same, for the walk: they are of interest whatever their type is.</returns>
    public IReadOnlySet<object> Begin(IReadOnlyList<object> promoted)
    {
        _met.Clear();
        _unheld.Clear();
        _unheld.UnionWith(promoted);
        return _promoted = new HashSet<object>(promoted, ReferenceEqualityComparer.Instance);
    }

    public void Meet(in Found found, ObjectWalk walk, long scan)
    {
        _unheld.Remove(found.Value);
        // A singleton that is a service provider or a scoped one itself is not held by a field.
        var field = walk.UserFieldOf(found);
        if (field is null)
            return;
        if (!_entries.TryGetValue(found.Path, out var entry))
        {
            if (_entries.Count >= MaxFields)
                return;
            _entries[found.Path] = entry = new Entry(walk.PathOf(found), found.Root, field, walk.IsElement(found));
        }

        // A struct is a copy each time; its type has to do.
        var isSame = found.Value is ValueType ? entry.Type == found.Value.GetType() : ReferenceEquals(entry.Object.Target, found.Value);
        var wasThere = entry.LastScan == scan - 1;
        entry.Samples = wasThere ? entry.Samples + 1 : 1;
        entry.SamplesOfThisOne = wasThere && isSame ? entry.SamplesOfThisOne + 1 : 1;
        entry.Object.Target = found.Value is ValueType ? null : found.Value;
        (entry.Type, entry.Plan, entry.LastScan) = (found.Value.GetType(), found.Plan, scan);
        entry.IsPromoted = _promoted.Contains(found.Value);
        _met.Add(entry);
    }

    /// <summary>The walk is over: the rules have their turn.</summary>
    /// <param name="unheld">Told of the scoped services of the root scope that no field leads to.</param>
    public void End(Action<IReadOnlyList<object>> unheld)
    {
        _promoted.Clear();
        if (_unheld.Count > 0)
            unheld([.. _unheld]);
        _unheld.Clear();
        foreach (var entry in _met)
        {
            var held = Observed(entry);
            _rules.Run((rule, report) => rule.Observe(held, report));
        }

        _met.Clear();
    }

    private HeldObject Observed(Entry entry)
    {
        var declared = entry.Field.FieldType;
        return new HeldObject
        {
            Name = entry.Name,
            Type = TypeText.Of(HeldKinds.Of(declared) == HeldKind.None ? entry.Type : Nullable.GetUnderlyingType(declared) ?? declared),
            Kind = HeldKinds.In(declared, entry.Plan.Held),
            Root = entry.Root.Kind,
            IsInStaticField = entry.Field == entry.Root.Field,
            IsElement = entry.IsElement,
            IsScopedService = entry.Plan.IsScopedService,
            IsPromoted = entry.IsPromoted,
            Samples = entry.Samples,
            SamplesOfThisOne = entry.SamplesOfThisOne,
            FullType = MethodNames.TypeName(entry.Type),
            Holder = MethodNames.TypeName(entry.Root.Type),
            HolderLocation = new(() => locator.Locate(entry.Root.Type, entry.Root.Name)),
            Assignments = new(() => code.AssignmentsOf(entry.Field)),
            IsConstructedByUser = new(() => code.IsConstructed(entry.Type)),
            Declaration = new(() => locator.Locate(entry.Field, entry.Name)),
            Declared = new(() => Allowances.Of(entry.Field, entry.Root.Field, entry.Root.Type)),
        };
    }

    private sealed class Entry(string name, WalkRoot root, FieldInfo field, bool isElement)
    {
        public string Name { get; } = name;

        public WalkRoot Root { get; } = root;

        public FieldInfo Field { get; } = field;

        public bool IsElement { get; } = isElement;

        public WeakReference Object { get; } = new(null);

        public Type Type { get; set; } = typeof(object);

        public TypePlan Plan { get; set; } = TypePlan.Ignored;

        public int Samples { get; set; }

        public int SamplesOfThisOne { get; set; }

        public long LastScan { get; set; }

        public bool IsPromoted { get; set; }
    }
}
