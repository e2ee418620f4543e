using Microsoft.Extensions.Hosting;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Signals.Startup;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>The singletons and hosted services the app has made so far, and the instances it registered. Nothing is resolved to be looked at.</summary>
internal sealed class SingletonRoots
{
    private readonly TypePlans _plans;
    private readonly RootProvider? _provider;
    private readonly ServiceRegistrations _registrations;
    private readonly Dictionary<object, WalkRoot> _roots = new(ReferenceEqualityComparer.Instance);
    private object[]? _instances;

    public SingletonRoots(IServiceProvider services, ServiceRegistrations registrations, TypePlans plans, StatusNotes notes)
    {
        (_registrations, _plans) = (registrations, plans);
        _provider = RootProvider.TryCreate(services);
        if (_provider is null)
            notes.Add($"Singletons of {services.GetType().FullName} cannot be looked at; statics and registered instances are.");
    }

    public IReadOnlyList<object> PromotedScoped() => _provider?.PromotedScoped() ?? [];

    public IEnumerable<(WalkRoot Root, object Value)> Read()
    {
        foreach (var (service, instance) in _provider?.Singletons() ?? [])
        {
            if (RootOf(service, instance) is { } root)
                yield return (root, instance);
        }

        // Registered as instances, these are there before anybody asks for them.
        _instances ??= [.. _registrations.All
            .Where(d => !d.IsKeyedService && d.ImplementationInstance is not null)
            .Select(d => d.ImplementationInstance!)
            .Where(i => !_plans.For(i.GetType()).IsNothing)];
        foreach (var instance in _instances)
        {
            if (RootOf(instance.GetType(), instance) is { } root)
                yield return (root, instance);
        }
    }

    private WalkRoot? RootOf(Type service, object instance)
    {
        var type = instance.GetType();
        if (_plans.For(type).IsNothing)
            return null;
        // Singletons live as long as the host, and so does this book of them.
        if (!_roots.TryGetValue(instance, out var root))
        {
            var isHosted = service == typeof(IHostedService) || typeof(IHostedService).IsAssignableFrom(type);
            var name = _plans.IsUsers(type) ? MethodNames.TypeName(type) : TypeText.Of(type);
            _roots[instance] = root = new WalkRoot(isHosted ? RootKind.HostedService : RootKind.Singleton, name, _plans.NextId(), null, type);
        }

        return root;
    }
}
