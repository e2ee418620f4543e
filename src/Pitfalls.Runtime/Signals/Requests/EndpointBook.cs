using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.Controllers;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>What is known about each endpoint, kept as long as the endpoint itself lives. One per host.</summary>
internal sealed class EndpointBook(UserCode userCode, SourceLocator locator, StatusNotes notes, IServiceProvider services)
{
    private const int MaxLegacyActions = 1000;

    private readonly ConditionalWeakTable<Endpoint, EndpointFacts> _facts = [];
    private readonly ConcurrentDictionary<(string? Area, string Controller, string Action, string Method), EndpointFacts> _legacy = new();

    /// <summary>Everything that is answered without an endpoint: terminal middleware, static files, 404. One bucket: raw paths are without number.</summary>
    public EndpointFacts None { get; } = EndpointFacts.WithoutEndpoint();

    public EndpointFacts For(Endpoint? endpoint)
    {
        if (endpoint is null)
            return None;
        return _facts.TryGetValue(endpoint, out var facts)
            ? facts
            : _facts.GetValue(endpoint, e => EndpointFacts.From(e, userCode, locator, notes));
    }

    /// <summary>The same; where there is no endpoint but the app is on legacy <c>UseMvc</c> routing, the action.</summary>
    public EndpointFacts For(Endpoint? endpoint, HttpContext context)
    {
        if (endpoint is not null || context.Features.Get<IRoutingFeature>()?.RouteData is not { } route
            || route.Values["controller"] is not string controller || route.Values["action"] is not string action)
            return For(endpoint);

        var key = (route.Values["area"] as string, controller, action, HttpMethodNames.Known(context.Request.Method));
        if (_legacy.TryGetValue(key, out var known))
            return known;
        if (_legacy.Count >= MaxLegacyActions
            // Not from the request's services: they are gone by the time a response has ended.
            || Find(services.GetService<IActionDescriptorCollectionProvider>(), key) is not { } descriptor)
            return None;
        return _legacy.GetOrAdd(key, EndpointFacts.FromAction(descriptor, TemplateOf(route), userCode, locator, notes));
    }

    private static ControllerActionDescriptor? Find(IActionDescriptorCollectionProvider? actions, (string? Area, string Controller, string Action, string Method) key)
    {
        var candidates = actions?.ActionDescriptors.Items.OfType<ControllerActionDescriptor>().Where(a =>
            Same(Value(a, "controller"), key.Controller) && Same(Value(a, "action"), key.Action)
            && Same(Value(a, "area") ?? "", key.Area ?? "")).ToList() ?? [];
        return candidates.Find(a => Accepts(a, key.Method)) ?? candidates.FirstOrDefault();

        static string? Value(ActionDescriptor action, string name) => action.RouteValues.TryGetValue(name, out var value) ? value : null;
        static bool Same(string? a, string? b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
        static bool Accepts(ActionDescriptor action, string method) =>
            action.ActionConstraints?.OfType<Microsoft.AspNetCore.Mvc.ActionConstraints.HttpMethodActionConstraint>()
                .Any(c => c.HttpMethods.Contains(method, StringComparer.OrdinalIgnoreCase)) == true;
    }

    /// <summary>The conventional route that matched: <c>{controller=Home}/{action=Index}/{id?}</c>.</summary>
    private static string? TemplateOf(RouteData route) => route.Routers.OfType<Route>().FirstOrDefault()?.RouteTemplate;
}
