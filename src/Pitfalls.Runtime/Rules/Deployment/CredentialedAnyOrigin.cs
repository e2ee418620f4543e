using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Signals.Startup.Cors;

namespace Pitfalls.Runtime.Rules.Deployment;

/// <summary>Any web site may call the app with its visitors' cookies: a CORS policy, or headers written by hand, let every origin send credentials.</summary>
internal sealed class CredentialedAnyOrigin : ICorsRule, IResponseRule
{
    private const int MaxEndpoints = 1_000;

    public static PitfallRule Rule { get; } = new(7007, nameof(CredentialedAnyOrigin), "Credentialed any origin", PitfallSeverity.Warning, PitfallSeverity.Error,
        "List the origins with WithOrigins(…), or leave AllowCredentials away.");

    // The first site each endpoint echoed: one may stand in a list, two that have nothing to do with each other hardly do. Hashes, not origins.
    private readonly Dictionary<string, int> _sites = [];

    public void Observe(IReadOnlyList<EffectiveCorsPolicy> policies, IPitfallReporter reporter)
    {
        foreach (var policy in policies.Where(p => p is { AllowsCredentials: true, LetsAnyOriginIn: true }))
        {
            reporter.Report(Rule, new Occurrence
            {
                Message = $"{char.ToUpperInvariant(policy.Name[0])}{policy.Name[1..]} lets any origin send credentials: every web site can call the app as whoever visits it.",
                Subject = policy.Routes is [var route, ..] ? $"{policy.Name} {route}" : policy.Name,
                Route = policy.Routes is [var first, ..] ? first : null,
                MoreRoutes = policy.Routes,
                Location = policy.Location,
                Evidence = Evidence.Of(("policy", policy.Name), ("endpoints", policy.Routes.Count)),
                Declared = policy.Declared,
            });
        }
    }

    public void Observe(ObservedResponse response, IPitfallReporter reporter)
    {
        if (response.EchoedSite is not { } site || (_sites.Count >= MaxEndpoints && !_sites.ContainsKey(response.Route)))
            return;
        if (site != 0 && (_sites.TryAdd(response.Route, site) || _sites[response.Route] == site))
            return;
        reporter.Report(Rule, new Occurrence
        {
            Message = $"{response.Route} answers {(site == 0 ? "the origin null" : "sites that have nothing to do with each other")} with its own origin and allows credentials: every web site can call it as whoever visits it.",
            Subject = response.Route,
            Route = response.Route,
            Fix = "Leave the headers to app.UseCors with the origins listed, or compare the origin with a list before it is sent back.",
            Location = response.Endpoint.Location,
            Evidence = Evidence.Of(("status", response.Status)),
            TraceId = response.TraceId,
            Declared = response.Endpoint.Allowed,
            Ambient = response.Ambient,
        });
    }
}
