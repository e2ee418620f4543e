using System.Reflection;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Startup;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>Looks through the registrations once, when the host has started and none can follow.</summary>
internal sealed class RegistrationWatch(
    ServiceRegistrations registrations, UserCode userCode, SourceLocator locator, RuleSet rules, IPitfallReporter reporter, DetectorGuard guard, PitfallMeter meter)
{
    private readonly RuleRunner<IRegistrationRule> _rules = new(rules, reporter, guard, meter);
    private readonly RuleRunner<IRootScopeRule> _rootRules = new(rules, reporter, guard, meter);
    private readonly HashSet<Type> _told = [];
    private ServiceGraph? _graph;
    private bool _isDone;

    public bool IsWanted => _rules.IsAnyEnabled;

    public ServiceGraph Graph => _graph ??= new ServiceGraph(registrations.All);

    public void Run()
    {
        if (_isDone || !IsWanted)
            return;
        _isDone = true;
        foreach (var (singleton, constructor, path, implementation) in Graph.Captives())
        {
            // Between two services of libraries it is their authors' business.
            if (!IsUsers(singleton) && !IsUsers(path[^1]) && (implementation is null || !IsUsers(implementation)))
                continue;
            _told.Add(implementation ?? path[^1]);
            var captured = Captured(singleton, constructor, path, implementation);
            _rules.Run((rule, report) => rule.Observe(captured, report));
        }
    }

    /// <param name="promoted">Scoped services the root provider has made and that no singleton is seen to hold.</param>
    public void Run(IReadOnlyList<object> promoted)
    {
        var fresh = promoted.Select(p => p.GetType()).Where(t => !t.IsCollectible && !_told.Contains(t)).Distinct().ToList();
        if (fresh.Count == 0)
            return;
        // What was only made because another one needs it is part of that one.
        var parts = promoted.SelectMany(p => Graph.GivenTo(p.GetType()).Where(t => t != p.GetType())).ToHashSet();
        foreach (var type in fresh.Where(t => _told.Add(t) && IsUsers(t) && Graph.IsScoped(t) && !parts.Contains(t)))
        {
            var service = new RootScopedService(MethodNames.TypeName(type), locator.Locate(type, MethodNames.TypeName(type)), Allowances.Of(type));
            _rootRules.Run((rule, report) => rule.Observe(service, report));
        }
    }

    private CapturedService Captured(Type singleton, ConstructorInfo constructor, IReadOnlyList<Type> path, Type? implementation) => new(
        MethodNames.TypeName(singleton),
        MethodNames.TypeName(path[^1]),
        MethodNames.TypeName(implementation ?? path[^1]),
        string.Join(" → ", path.Select(MethodNames.TypeName)),
        locator.Locate(constructor),
        Allowances.Of(singleton, constructor));

    private bool IsUsers(Type type) => userCode.Contains(type.Assembly);
}
