using Pitfalls.Runtime.Signals.State;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Tests.Signals.State;

/// <summary>Walks from given objects and writes down what is found; this test assembly is the user's code.</summary>
internal sealed class WalkRecorder : IWalkVisitor
{
    public static UserCode ThisAssembly { get; } = new([typeof(WalkRecorder).Assembly.GetName().Name!], null, null);

    private readonly ObjectWalk _walk;

    public WalkRecorder(TypePlans? plans = null)
    {
        Plans = plans ?? new TypePlans(ThisAssembly);
        _walk = new ObjectWalk(Plans);
    }

    public TypePlans Plans { get; }

    public ObjectWalk Walk => _walk;

    public Dictionary<string, long> Counts { get; } = [];

    public Dictionary<string, string> Kinds { get; } = [];

    public Dictionary<string, string?> Fields { get; } = [];

    public List<string> Others { get; } = [];

    public List<(string Path, HeldKind Kind)> HeldThings { get; } = [];

    public Dictionary<string, ulong> Paths { get; } = [];

    public List<(string Path, long Count, ulong Id)> All { get; } = [];

    public WalkRecorder Run(params object[] values) =>
        Run(values.Select((v, i) => (new WalkRoot(RootKind.Singleton, values.Length == 1 ? "root" : $"root{i}", -1 - i, null, v.GetType()), v)));

    public WalkRecorder Run(IEnumerable<(WalkRoot, object)> roots)
    {
        Counts.Clear();
        Paths.Clear();
        HeldThings.Clear();
        Others.Clear();
        All.Clear();
        _walk.Run(roots, this);
        return this;
    }

    public void Collection(in Found found)
    {
        var path = _walk.PathOf(found);
        Counts[path] = found.Plan.Collection!.Count(found.Value);
        Kinds[path] = found.Plan.Collection.Kind.Name;
        Fields[path] = _walk.UserFieldOf(found)?.Name;
        Paths[path] = found.Path;
        All.Add((path, Counts[path], found.Path));
    }

    public void AlsoAt(in Found found) => Others.Add(_walk.PathOf(found));

    public void Held(in Found found) => HeldThings.Add((_walk.PathOf(found), found.Plan.Held));
}
