using System.Globalization;
using System.Reflection;

using Microsoft.Extensions.DependencyInjection;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>
/// Who is given whom, as the container would decide it from the registrations: the last one wins, the longest constructor that can be
/// served is taken, lists get all. Factories are opaque here. Nothing is resolved.
/// </summary>
internal sealed class ServiceGraph
{
    private const int MaxDepth = 32;

    private static readonly object s_anyKey = typeof(KeyedService);

    private readonly IReadOnlyList<ServiceDescriptor> _all;
    private readonly Dictionary<(Type Service, object? Key), List<ServiceDescriptor>> _byService = [];
    private readonly Dictionary<Type, ConstructorInfo?> _constructors = [];
    private readonly HashSet<Type> _scoped = [];
    private readonly HashSet<Type> _listed = [];

    public ServiceGraph(IReadOnlyList<ServiceDescriptor> all)
    {
        _all = all;
        foreach (var descriptor in all)
        {
            var key = (descriptor.ServiceType, Key(descriptor));
            if (!_byService.TryGetValue(key, out var same))
                _byService[key] = same = [];
            same.Add(descriptor);
        }

        foreach (var type in all.Select(Implementation).OfType<Type>().Distinct())
        {
            foreach (var parameter in ConstructorOf(type)?.GetParameters() ?? [])
            {
                if (ElementOf(parameter.ParameterType) is { } element)
                    _listed.Add(Definition(element));
            }
        }

        var elsewhere = all.Where(d => d.Lifetime != ServiceLifetime.Scoped).Select(Implementation).OfType<Type>().ToHashSet();
        _scoped.UnionWith(all.Where(d => d.Lifetime == ServiceLifetime.Scoped)
            .Select(d => Implementation(d) ?? (d.ServiceType is { IsClass: true, IsAbstract: false } made ? made : null))
            .OfType<Type>()
            .Where(t => !elsewhere.Contains(t)));
    }

    /// <summary>Registered as scoped, and as nothing else: whoever holds an instance holds a scoped service.</summary>
    public bool IsScoped(Type type) => _scoped.Contains(type) || (type.IsConstructedGenericType && _scoped.Contains(type.GetGenericTypeDefinition()));

    /// <summary>Every way from a singleton's constructor to a scoped service.</summary>
    public IEnumerable<(Type Singleton, ConstructorInfo Constructor, IReadOnlyList<Type> Path, Type? Implementation)> Captives()
    {
        foreach (var descriptor in _all.Where(d => d.Lifetime == ServiceLifetime.Singleton && IsUsed(d)))
        {
            if (Implementation(descriptor) is not { } type || ConstructorOf(type) is not { } constructor)
                continue;
            foreach (var (path, implementation) in ScopedBelow(type, [type], []))
                yield return (type, constructor, path, implementation);
        }
    }

    /// <summary>The types the container makes for a type's constructor, one step down.</summary>
    public IEnumerable<Type> GivenTo(Type type) =>
        (ConstructorOf(type)?.GetParameters() ?? []).SelectMany(p => Given(p)
            .Select(d => Close(Implementation(d), ElementOf(p.ParameterType) ?? p.ParameterType) ?? p.ParameterType));

    private IEnumerable<(IReadOnlyList<Type> Path, Type? Implementation)> ScopedBelow(Type type, Type[] path, HashSet<Type> seen)
    {
        if (path.Length > MaxDepth || !seen.Add(type) || ConstructorOf(type) is not { } constructor)
            yield break;
        foreach (var parameter in constructor.GetParameters())
        {
            foreach (var given in Given(parameter))
            {
                var implementation = Close(Implementation(given), ElementOf(parameter.ParameterType) ?? parameter.ParameterType);
                if (given.Lifetime == ServiceLifetime.Scoped)
                    yield return ([.. path, ElementOf(parameter.ParameterType) ?? parameter.ParameterType], implementation);
                else if (given.Lifetime == ServiceLifetime.Transient && implementation is not null)
                {
                    foreach (var below in ScopedBelow(implementation, [.. path, implementation], seen))
                        yield return below;
                }
            }
        }
    }

    /// <summary>The registrations a parameter is served from: one, or all for a list.</summary>
    private IEnumerable<ServiceDescriptor> Given(ParameterInfo parameter)
    {
        // The key itself is no service; and which one is inherited from whoever asks, only the container knows.
        if (parameter.CustomAttributes.Any(a => a.AttributeType == typeof(ServiceKeyAttribute)
            || (a.AttributeType == typeof(FromKeyedServicesAttribute) && a.ConstructorArguments.Count == 0)))
            return [];
        var key = KeyAskedFor(parameter);
        return ElementOf(parameter.ParameterType) is { } element ? Registered(element, key) : Registered(parameter.ParameterType, key).TakeLast(1);
    }

    /// <summary>Exact registrations win over open generic ones; for a list both count. What is registered for any key serves those that are not.</summary>
    private List<ServiceDescriptor> Registered(Type service, object? key)
    {
        var registered = RegisteredAs(service, key);
        return key is null || registered.Count > 0 ? registered : RegisteredAs(service, s_anyKey);
    }

    private List<ServiceDescriptor> RegisteredAs(Type service, object? key)
    {
        IEnumerable<ServiceDescriptor> open = service.IsGenericType && !service.IsGenericTypeDefinition ? _byService.GetValueOrDefault((service.GetGenericTypeDefinition(), key)) ?? [] : [];
        return [.. open, .. _byService.GetValueOrDefault((service, key)) ?? []];
    }

    private ConstructorInfo? ConstructorOf(Type type)
    {
        if (_constructors.TryGetValue(type, out var known))
            return known;
        try
        {
            var constructors = type.IsAbstract ? [] : type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).ToArray();
            return _constructors[type] = constructors.Length <= 1
                ? constructors.FirstOrDefault()
                : constructors.FirstOrDefault(c => c.GetParameters().All(CanBeServed));
        }
        catch (Exception exception) when (exception is TypeLoadException or IOException or BadImageFormatException)
        {
            // A parameter of a type that is not there: the container will not make it either.
            return _constructors[type] = null;
        }
    }

    private bool CanBeServed(ParameterInfo parameter) =>
        parameter.HasDefaultValue
        || ElementOf(parameter.ParameterType) is not null
        || parameter.ParameterType == typeof(IServiceProvider)
        || parameter.ParameterType == typeof(IServiceScopeFactory)
        || parameter.ParameterType == typeof(IServiceProviderIsService)
        || Registered(parameter.ParameterType, KeyAskedFor(parameter)).Count > 0;

    /// <summary>A registration that a later one replaces is never asked for, unless somebody asks for all of them.</summary>
    private bool IsUsed(ServiceDescriptor descriptor) =>
        _byService[(descriptor.ServiceType, Key(descriptor))][^1] == descriptor
        || _listed.Contains(Definition(descriptor.ServiceType))
        || descriptor.ServiceType.Assembly.GetName().Name!.StartsWith("Microsoft.", StringComparison.Ordinal);

    private static Type? Implementation(ServiceDescriptor descriptor) =>
        descriptor.IsKeyedService ? descriptor.KeyedImplementationType : descriptor.ImplementationType;

    private static Type? Close(Type? implementation, Type service)
    {
        if (implementation is not { IsGenericTypeDefinition: true } || !service.IsGenericType)
            return implementation;
        try
        {
            return implementation.MakeGenericType(service.GetGenericArguments());
        }
        catch (ArgumentException)
        {
            // The constraints do not allow it: the container leaves it out as well.
            return null;
        }
    }

    private static Type Definition(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;

    private static Type? ElementOf(Type type) =>
        type.IsConstructedGenericType && type.GetGenericTypeDefinition() == typeof(IEnumerable<>) ? type.GetGenericArguments()[0] : null;

    private static object? Key(ServiceDescriptor descriptor) => descriptor.IsKeyedService ? Plain(descriptor.ServiceKey) : null;

    private static object? KeyAskedFor(ParameterInfo parameter) =>
        parameter.CustomAttributes.FirstOrDefault(a => a.AttributeType == typeof(FromKeyedServicesAttribute)) is { ConstructorArguments: [{ Value: { } key }] } ? Plain(key) : null;

    /// <summary>Keys are compared by what an attribute can hold; a key of the app's own type would be asked for its hash, which is the app's code.</summary>
    private static object? Plain(object? key) =>
        key is null or string or Type ? key
        : ReferenceEquals(key, KeyedService.AnyKey) ? s_anyKey
        : key.GetType().IsEnum || key.GetType().IsPrimitive ? Convert.ToString(key is Enum ? Convert.ToInt64(key, CultureInfo.InvariantCulture) : key, CultureInfo.InvariantCulture)
        : typeof(object);
}
