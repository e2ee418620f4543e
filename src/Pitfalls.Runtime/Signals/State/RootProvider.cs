using System.Collections;
using System.Reflection;

using Microsoft.Extensions.DependencyInjection;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>
/// What the root service provider holds: read from its fields, because asking it for a service would make one. Known for the container of
/// <c>Microsoft.Extensions.DependencyInjection</c> only, and checked against its layout.
/// </summary>
internal sealed class RootProvider
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
    private const string Lookup = "Microsoft.Extensions.DependencyInjection.ServiceLookup.";

    private readonly IDictionary _callSites;
    private readonly FieldInfo _value;
    private readonly PropertyInfo _serviceType;
    private readonly PropertyInfo _kind;
    private readonly FieldInfo _cache;
    private readonly FieldInfo _location;
    private readonly FieldInfo _resolved;
    private readonly object _rootScope;
    private readonly Dictionary<object, CallSite> _known = new(ReferenceEqualityComparer.Instance);

    private RootProvider(
        IDictionary callSites, FieldInfo value, PropertyInfo serviceType, PropertyInfo kind, FieldInfo cache, FieldInfo location, FieldInfo resolved, object rootScope)
    {
        _callSites = callSites;
        _value = value;
        _serviceType = serviceType;
        _kind = kind;
        _cache = cache;
        _location = location;
        _resolved = resolved;
        _rootScope = rootScope;
    }

    /// <returns><see langword="null"/> for another container, or another version of this one.</returns>
    public static RootProvider? TryCreate(IServiceProvider services)
    {
        var assembly = typeof(ServiceProvider).Assembly;
        var scope = assembly.GetType(Lookup + "ServiceProviderEngineScope");
        var provider = services.GetType() == scope ? Field(scope, "<RootProvider>k__BackingField")?.GetValue(services) : services;
        var callSite = assembly.GetType(Lookup + "ServiceCallSite");
        return provider is ServiceProvider
            && Field(typeof(ServiceProvider), "<CallSiteFactory>k__BackingField")?.GetValue(provider) is { } factory
            && Field(factory.GetType(), "_callSiteCache")?.GetValue(factory) is IDictionary callSites
            && Field(typeof(ServiceProvider), "<Root>k__BackingField")?.GetValue(provider) is { } rootScope
            && Field(scope, "<ResolvedServices>k__BackingField") is { } resolved
            && Field(callSite, "<Value>k__BackingField") is { } value
            && Field(callSite, "<Cache>k__BackingField") is { } cache
            && Field(cache.FieldType, "<Location>k__BackingField") is { } location
            && callSite?.GetProperty("ServiceType", Any) is { } serviceType
            && callSite.GetProperty("Kind", Any) is { } kind
            ? new RootProvider(callSites, value, serviceType, kind, cache, location, resolved, rootScope)
            : null;
    }

    /// <summary>The singletons that have been made.</summary>
    public IEnumerable<(Type Service, object Instance)> Singletons() =>
        Made().Where(c => c.Site.IsRoot).Select(c => (c.Site.Service, c.Instance));

    /// <summary>Scoped services that were made for the root scope, where they live as long as a singleton.</summary>
    public IReadOnlyList<object> PromotedScoped()
    {
        var promoted = Made().Where(c => c.Site.IsScoped).Select(c => c.Instance).ToList();
        try
        {
            if (_resolved.GetValue(_rootScope) is IDictionary { Count: > 0 } services)
            {
                foreach (DictionaryEntry service in services)
                {
                    if (service.Value is { } instance)
                        promoted.Add(instance);
                }
            }
        }
        catch (InvalidOperationException)
        {
            // A service was added meanwhile: the next scan sees it.
        }

        return promoted;
    }

    private IEnumerable<(CallSite Site, object Instance)> Made()
    {
        // The enumerator of a concurrent dictionary takes no lock.
        for (var each = _callSites.GetEnumerator(); each.MoveNext();)
        {
            var site = each.Value!;
            if (_value.GetValue(site) is not { } instance)
                continue;
            if (!_known.TryGetValue(site, out var known))
                _known[site] = known = Describe(site);
            yield return (known, instance);
        }
    }

    private CallSite Describe(object site)
    {
        var location = _location.GetValue(_cache.GetValue(site))!.ToString();
        // An injected list has a call site of its own; its elements have theirs.
        var isList = _kind.GetValue(site)!.ToString() == "IEnumerable";
        var isConstant = _kind.GetValue(site)!.ToString() == "Constant";
        return new CallSite((Type)_serviceType.GetValue(site)!, !isList && (isConstant || location == "Root"), location == "Scope");
    }

    private static FieldInfo? Field(Type? type, string name) => type?.GetField(name, Any);

    private readonly record struct CallSite(Type Service, bool IsRoot, bool IsScoped);
}
