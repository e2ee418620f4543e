using System.Reflection;
using System.Runtime.CompilerServices;

using Microsoft.AspNetCore.Mvc.Controllers;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>From a handler's method to its route, for stacks that nobody marked with their request. Made once, when first asked, off any request.</summary>
internal sealed class HandlerRoutes(IServiceProvider services, EndpointBook endpoints)
{
    private const int MaxEndpoints = 20_000;

    private readonly Lock _lock = new();
    private Dictionary<MethodBase, (string Route, EndpointFacts Facts)> _routes = [];
    private int _count = -1;

    /// <summary>The route of a method, or of the body of an async one; <see langword="null"/>: it handles none.</summary>
    public (string Route, EndpointFacts Facts)? Find(MethodBase method)
    {
        lock (_lock)
        {
            if (services.GetService<EndpointDataSource>() is not { } source)
                return null;
            var all = source.Endpoints;
            if (all.Count != _count && all.Count <= MaxEndpoints)
            {
                _count = all.Count;
                _routes = Make(all);
            }

            return _routes.TryGetValue(method, out var found) ? found : null;
        }
    }

    private Dictionary<MethodBase, (string Route, EndpointFacts Facts)> Make(IReadOnlyList<Microsoft.AspNetCore.Http.Endpoint> all)
    {
        var routes = new Dictionary<MethodBase, (string Route, EndpointFacts Facts)>();
        foreach (var endpoint in all)
        {
            var handler = endpoint.Metadata.GetMetadata<ControllerActionDescriptor>()?.MethodInfo ?? endpoint.Metadata.GetMetadata<MethodInfo>();
            if (handler is null)
                continue;
            var method = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is [var first, ..] ? first : "GET";
            var facts = endpoints.For(endpoint);
            routes.TryAdd(handler, (facts.RouteFor(method), facts));
            if (BodyOf(handler) is { } body)
                routes.TryAdd(body, (facts.RouteFor(method), facts));
        }

        return routes;
    }

    /// <summary>Read as data: no attribute's code runs.</summary>
    private static MethodInfo? BodyOf(MethodInfo handler) =>
        handler.GetCustomAttributesData().FirstOrDefault(a => a.AttributeType == typeof(AsyncStateMachineAttribute)) is { ConstructorArguments: [{ Value: Type machine }] }
            ? machine.GetMethod("MoveNext", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)
            : null;
}
