using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Startup.Endpoints;

namespace Pitfalls.Runtime.Rules.Requests;

/// <summary>Most endpoints of a controller or group demand authorization, and one says nothing: somebody forgot it.</summary>
internal sealed class UnguardedSibling : IEndpointRule
{
    private const int MinMembers = 3;

    public static PitfallRule Rule { get; } = new(4005, nameof(UnguardedSibling), "Unguarded sibling", PitfallSeverity.Warning, PitfallSeverity.Error,
        "Put the demand on the group or controller, so that no endpoint can be forgotten, and .AllowAnonymous() on those that are meant to be public.");

    public void Observe(PublishedEndpoints endpoints, IPitfallReporter reporter)
    {
        if (endpoints.HasFallbackPolicy != false)
            return;
        foreach (var group in EndpointGroups.Of(endpoints.All))
            Judge(group, reporter);
    }

    private static void Judge(EndpointGroup group, IPitfallReporter reporter)
    {
        if (group.Members.Count < MinMembers)
            return;
        var guarded = group.Members.Where(m => m.Access.IsGuarded).ToList();
        var open = group.Members.Where(m => m.Access.IsOpen && !PublicByNature.Is(m)).ToList();
        // "Most" is two thirds of those that have not said that they are public.
        if (open.Count == 0 || guarded.Count < 2 * open.Count || PublicReads.Explain(guarded, open))
            return;
        foreach (var odd in open.Where(o => o.IsUserCode))
            Report(group, odd, guarded, reporter);
    }

    private static void Report(EndpointGroup group, PublishedEndpoint odd, List<PublishedEndpoint> guarded, IPitfallReporter reporter)
    {
        var demand = guarded.SelectMany(g => g.Access.Demands.DistinctBy(d => d.Words)).GroupBy(d => d.Words).MaxBy(d => d.Count())!.First();
        var siblings = string.Join(", ", guarded.Take(3).Select(g => g.Route)) + (guarded.Count > 3 ? ", …" : "");
        reporter.Report(Rule, new Occurrence
        {
            Message = $"{odd.Route} demands no authorization, but {guarded.Count} of its siblings in {group.Name} ({siblings}) demand {demand.Words}.",
            Subject = odd.Route,
            Route = odd.Route,
            Fix = FixFor(group, odd, demand, guarded),
            Location = odd.Location.Value,
            Evidence = Evidence.Of(("group", group.Name), ("members", group.Members.Count), ("guarded", guarded.Count), ("demand", demand.Words)),
            Declared = odd.Allowed.Value,
        });
    }

    private static string FixFor(EndpointGroup group, PublishedEndpoint odd, AccessDemand demand, List<PublishedEndpoint> guarded)
    {
        var attribute = demand.Attribute ?? "[Authorize]";
        return group.Kind switch
        {
            EndpointGroupKind.Controller => $"Put {attribute} on {group.Name}, or [AllowAnonymous] on {odd.Handler!.Name} if strangers are meant to call it.",
            EndpointGroupKind.Pages => $"options.Conventions.AuthorizeFolder(\"{group.Name}\"), or [AllowAnonymous] on the page if strangers are meant to see it.",
            _ when guarded.TrueForAll(g => g.Access.Demands.Any(d => d.IsShared)) =>
                $"Map it inside the group that has .RequireAuthorization({demand.Code}), or add .AllowAnonymous() if strangers are meant to call it.",
            _ => $"Map them in one group, app.MapGroup(\"{group.Name}\").RequireAuthorization({demand.Code}), and add .AllowAnonymous() if strangers are meant to call this one.",
        };
    }
}
