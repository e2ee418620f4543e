using System.Reflection;
using System.Security.Cryptography;

using Microsoft.AspNetCore.Cors;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Startup.Cors;

/// <summary>
/// Finds the CORS policies that are in use – by the middleware in the pipeline and by endpoints – and asks each, as the framework does, about an
/// origin nobody has heard of. A policy that is only registered harms nobody.
/// </summary>
internal sealed class CorsSurvey(
    RuleSet rules, IPitfallReporter reporter, LiveOptions options, DetectorGuard guard, PitfallMeter meter,
    Pipeline pipeline, UserCode userCode, SourceLocator locator, IServiceProvider services) : ISurvey
{
    private readonly StartupReporter _reporter = new(reporter, options);

    public string Name => "cors";

    public bool FollowsChanges => true;

    public string? Summary { get; private set; }

    public void Run()
    {
        var runner = new RuleRunner<ICorsRule>(rules, _reporter, guard, meter);
        if (runner.IsEmpty)
            return;
        var policies = Read();
        Summary = $"{policies.Count:N0} CORS policies in use";
        runner.Run((rule, to) => rule.Observe(policies, to));
        _reporter.Flush();
    }

    private List<EffectiveCorsPolicy> Read()
    {
        var used = new Dictionary<CorsPolicy, (string Name, List<string> Routes)>(ReferenceEqualityComparer.Instance);
        var registered = services.GetService<IOptions<CorsOptions>>()?.Value;
        foreach (var middleware in pipeline.Read().OfType<CorsMiddleware>())
        {
            if (Field(middleware, "_policy") is CorsPolicy inline)
                used.TryAdd(inline, ("the policy of UseCors", []));
            else
                Use(Field(middleware, "_corsPolicyName") as string, null);
        }

        foreach (var endpoint in services.GetService<EndpointDataSource>()?.Endpoints ?? [])
        {
            var metadata = endpoint.Metadata.GetMetadata<ICorsMetadata>();
            if (metadata is not (CorsPolicyMetadata or EnableCorsAttribute))
                continue;
            var method = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is [var first, ..] ? first : "ANY";
            var route = EndpointFacts.RouteOf(endpoint, method);
            if (metadata is CorsPolicyMetadata { Policy: { } own })
                Add(own, "the policy of RequireCors", route);
            else
                Use((metadata as EnableCorsAttribute)?.PolicyName, route);
        }

        return [.. used.Select(u => Ask(u.Key, u.Value.Name, u.Value.Routes))];

        void Use(string? name, string? route)
        {
            if (registered?.GetPolicy(name ?? registered.DefaultPolicyName) is { } policy)
                Add(policy, name is null || name == registered.DefaultPolicyName ? "the default policy" : $"the policy \"{name}\"", route);
        }

        void Add(CorsPolicy policy, string name, string? route)
        {
            if (!used.TryGetValue(policy, out var known))
                used[policy] = known = (name, []);
            if (route is not null)
                known.Routes.Add(route);
        }
    }

    private EffectiveCorsPolicy Ask(CorsPolicy policy, string name, List<string> routes)
    {
        var decides = policy.IsOriginAllowed.Method;
        var isUsers = userCode.Contains(decides);
        return new EffectiveCorsPolicy
        {
            Name = name,
            Routes = routes,
            AllowsCredentials = policy.SupportsCredentials,
            LetsAnyOriginIn = policy.SupportsCredentials && (policy.AllowAnyOrigin || LetsIn(policy)),
            Location = isUsers ? locator.Locate(decides) : null,
            Declared = isUsers ? SourceLocator.DeclaredAt(decides) : null,
        };
    }

    private bool LetsIn(CorsPolicy policy)
    {
        try
        {
            return policy.IsOriginAllowed($"https://{RandomNumberGenerator.GetHexString(16, lowercase: true)}.example");
        }
        catch (Exception exception)
        {
            // A predicate that cannot cope with the origin does not let it in.
            PitfallEventSource.Log.DetectorFaulted(Name, exception.GetType().FullName!);
            return false;
        }
    }

    private static object? Field(CorsMiddleware middleware, string name) =>
        typeof(CorsMiddleware).GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)?.GetValue(middleware);
}
