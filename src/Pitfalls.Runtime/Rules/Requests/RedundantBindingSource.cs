using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Startup.Endpoints;

namespace Pitfalls.Runtime.Rules.Requests;

/// <summary>An attribute says where a parameter comes from, and the framework would have taken it from there without.</summary>
internal sealed class RedundantBindingSource : IEndpointRule
{
    public static PitfallRule Rule { get; } = new(4004, nameof(RedundantBindingSource), "Redundant binding source", PitfallSeverity.Info, null,
        "Leave the attribute away, so that one that stands somewhere means something.");

    public void Observe(PublishedEndpoints endpoints, IPitfallReporter reporter)
    {
        foreach (var handler in endpoints.All.Where(e => e is { IsUserCode: true, Handler: not null }).GroupBy(e => e.Handler!))
        {
            PublishedEndpoint[] all = [.. handler];
            if (Array.Exists(all, e => e.Controller is not null && !e.IsApiController))
                continue;
            var redundant = all[0].Inputs.Value.Where(p => IsRedundant(p, all)).ToList();
            if (redundant.Count > 0)
                Report(all, redundant, reporter);
        }
    }

    private static bool IsRedundant(BoundParameter parameter, PublishedEndpoint[] endpoints)
    {
        if (parameter is { SaysMore: true } or { IsOptional: true } or { IsSpecial: true })
            return false;
        return parameter.Word switch
        {
            // A second candidate for the body, or a bag of parameters that may hold one, makes the attribute a decision.
            BindingWord.Body => parameter.MayBeBody
                && endpoints.All(e => e.Methods.Count > 0 && e.Methods.All(m => m.ToUpperInvariant() is "POST" or "PUT" or "PATCH"))
                && endpoints[0].Inputs.Value.Count(p => p.MayBeBody || p.Word == BindingWord.Other) == 1,
            BindingWord.Services => parameter is { IsService: true, IsSimple: false } && !IsSequence(parameter.Type),
            BindingWord.Route => parameter.IsSimple && !IsSequence(parameter.Type)
                && endpoints.All(e => e.RequiredParameters.Contains(parameter.Name, StringComparer.OrdinalIgnoreCase)),
            _ => false,
        };
    }

    /// <summary>The container has every sequence, if need be an empty one.</summary>
    private static bool IsSequence(Type type) => type != typeof(string) && (type.IsArray || (type.IsGenericType && typeof(System.Collections.IEnumerable).IsAssignableFrom(type)));

    private static void Report(PublishedEndpoint[] endpoints, List<BoundParameter> redundant, IPitfallReporter reporter)
    {
        var written = string.Join(", ", redundant.Select(p => $"[From{p.Word}] on {p.Name}"));
        reporter.Report(Rule, new Occurrence
        {
            Message = $"{endpoints[0].Route} says {written}; it comes from there anyway.",
            Subject = endpoints[0].Route,
            Route = endpoints[0].Route,
            MoreRoutes = [.. endpoints.Skip(1).Select(e => e.Route)],
            Location = endpoints[0].Location.Value,
            Evidence = Evidence.Of(("parameters", string.Join(", ", redundant.Select(p => p.Name))), ("sources", string.Join(", ", redundant.Select(p => $"From{p.Word}").Distinct()))),
            Declared = endpoints[0].Allowed.Value,
        });
    }
}
