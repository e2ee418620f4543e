using System.Reflection;

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Controllers;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;

using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Startup.Endpoints;

/// <summary>Looks at all endpoints, as the framework built them.</summary>
/// <remarks>Asking for them builds them when no request has done so yet: the same work, once, a moment earlier and off the first request.</remarks>
internal sealed class EndpointSurvey(
    RuleSet rules, IPitfallReporter reporter, LiveOptions options, DetectorGuard guard, PitfallMeter meter,
    ServiceRegistrations registrations, UserCode userCode, SourceLocator locator, StatusNotes notes, IServiceProvider services) : ISurvey
{
    private readonly StartupReporter _reporter = new(reporter, options);

    public string Name => "endpoints";

    public bool FollowsChanges => true;

    public string? Summary { get; private set; }

    public void Run()
    {
        var runner = new RuleRunner<IEndpointRule>(rules, _reporter, guard, meter);
        if (runner.IsEmpty || services.GetService<EndpointDataSource>() is not { } source)
            return;
        var published = new PublishedEndpoints { All = Read(source.Endpoints), HasFallbackPolicy = HasFallbackPolicy(), Entities = new(() => EntityTypes.Of(registrations)) };
        Summary = $"{published.All.Count:N0} endpoints";
        runner.Run((rule, to) => rule.Observe(published, to));
        _reporter.Flush();
    }

    private List<PublishedEndpoint> Read(IReadOnlyList<Endpoint> endpoints)
    {
        var access = new AccessReader();
        var pages = new PageTypes(userCode);
        var known = services.GetService<IServiceProviderIsService>();
        var parameters = new BoundParameters(type => known?.IsService(type) == true);
        var infers = InfersSources();
        foreach (var endpoint in endpoints)
            access.Note(endpoint.Metadata, HandlerOf(endpoint));
        var published = new List<PublishedEndpoint>(endpoints.Count);
        foreach (var endpoint in endpoints.OfType<RouteEndpoint>())
        {
            // Link generation has endpoints of its own that no request ever reaches.
            if (endpoint.Metadata.GetMetadata<ISuppressMatchingMetadata>()?.SuppressMatching != true)
                published.Add(Read(endpoint, access, pages, parameters, infers));
        }

        return published;
    }

    private PublishedEndpoint Read(RouteEndpoint endpoint, AccessReader access, PageTypes pages, BoundParameters parameters, bool infersSources)
    {
        var facts = new Lazy<EndpointFacts>(() => EndpointFacts.From(endpoint, userCode, locator, notes));
        var handler = HandlerOf(endpoint);
        var action = endpoint.Metadata.GetMetadata<ControllerActionDescriptor>();
        var page = endpoint.Metadata.GetMetadata<PageActionDescriptor>();
        var pageType = page is null ? null : pages.Find(page);
        IReadOnlyList<string> methods = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [];
        return new PublishedEndpoint
        {
            Route = EndpointFacts.RouteOf(endpoint, methods.Count > 0 ? methods[0].ToUpperInvariant() : "ANY"),
            Methods = methods,
            Segments = [.. endpoint.RoutePattern.PathSegments.Select(Literal)],
            Parameters = [.. endpoint.RoutePattern.Parameters.Select(p => p.Name)],
            RequiredParameters = [.. endpoint.RoutePattern.Parameters.Where(p => !p.IsOptional && p.Default is null && !p.IsCatchAll).Select(p => p.Name)],
            IsFallback = endpoint.Order == int.MaxValue || endpoint.RoutePattern.Parameters.Any(p => p.IsCatchAll),
            Handler = handler,
            // A page's handler is found when it runs; the page itself is the app's.
            IsUserCode = page is not null ? pageType is not null : handler is not null && userCode.Contains(handler),
            Controller = action?.ControllerTypeInfo,
            IsApiController = infersSources && action is not null && endpoint.Metadata.GetMetadata<IApiBehaviorMetadata>() is not null,
            Inputs = new(() => action is null && endpoint.Metadata.GetMetadata<MethodInfo>() is null ? [] : parameters.Of(handler!)),
            Responses = new(() => facts.Value.Declared),
            IsPage = page is not null,
            PageFolder = pageType is null ? null : FolderOf(page!),
            Access = pageType is null ? access.Read(endpoint.Metadata) : PageTypes.Add(access.Read(endpoint.Metadata), pageType),
            Location = new(() => facts.Value.Location),
            Allowed = new(() => facts.Value.Allowed),
        };
    }

    private static string FolderOf(PageActionDescriptor page)
    {
        var path = page.ViewEnginePath;
        return (page.AreaName is { } area ? "/" + area : "") + path[..Math.Max(0, path.LastIndexOf('/'))];
    }

    private static string? Literal(RoutePatternPathSegment segment) =>
        segment.Parts is [RoutePatternLiteralPart { Content: var text }] ? text : null;

    private static MethodInfo? HandlerOf(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<ControllerActionDescriptor>()?.MethodInfo ?? endpoint.Metadata.GetMetadata<MethodInfo>() ?? endpoint.RequestDelegate?.Method;

    /// <summary>Whether parameters of API controllers are bound by inference, all kinds of it.</summary>
    private bool InfersSources() =>
        !registrations.Has(typeof(IActionDescriptorCollectionProvider))
        || services.GetService<IOptions<ApiBehaviorOptions>>()?.Value is { SuppressInferBindingSourcesForParameters: false, DisableImplicitFromServicesParameters: false };

    private bool? HasFallbackPolicy()
    {
        if (services.GetService<IOptions<AuthorizationOptions>>()?.Value is { FallbackPolicy: not null })
            return true;
        if (!registrations.Has(typeof(IAuthorizationPolicyProvider)))
            return false;

        // A provider of the app's own may answer anything, and asking would run its code. One that leaves the fallback to the framework is known.
        var provider = registrations.ImplementationOf(typeof(IAuthorizationPolicyProvider));
        if (provider is not null && typeof(DefaultAuthorizationPolicyProvider).IsAssignableFrom(provider)
            && provider.GetMethod(nameof(IAuthorizationPolicyProvider.GetFallbackPolicyAsync))?.DeclaringType == typeof(DefaultAuthorizationPolicyProvider))
            return false;
        notes.Add("PIT4005 UnguardedSibling does not judge: the app has an authorization policy provider of its own, and only that knows the fallback policy.");
        return null;
    }
}
