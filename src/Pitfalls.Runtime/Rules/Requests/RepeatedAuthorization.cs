using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Startup.Endpoints;

namespace Pitfalls.Runtime.Rules.Requests;

/// <summary>The same demand stands on every endpoint of a group, one by one: the next endpoint will be the one without.</summary>
internal sealed class RepeatedAuthorization : IEndpointRule
{
    private const int MinRepeats = 3;

    public static PitfallRule Rule { get; } = new(4006, nameof(RepeatedAuthorization), "Repeated authorization", PitfallSeverity.Info, null,
        "Say it once, on the group or controller, so that the next endpoint is guarded without anybody thinking of it.");

    public void Observe(PublishedEndpoints endpoints, IPitfallReporter reporter)
    {
        foreach (var group in EndpointGroups.Of(endpoints.All).Where(g => g.Kind != EndpointGroupKind.Pages))
        {
            // Those that let everybody in keep saying so below a guarded group.
            var guarded = group.Members.Where(m => !m.Access.IsWaived).ToList();
            if (guarded.Count < MinRepeats || !guarded.TrueForAll(m => m.IsUserCode && m.Access.IsGuarded) || guarded.DistinctBy(m => m.Handler).Count() < MinRepeats || !AreWrittenTogether(group, guarded))
                continue;
            foreach (var demand in guarded[0].Access.Demands.Where(d => IsPlain(d) && guarded.TrueForAll(g => g.Access.Demands.Any(o => o.Says(d) && !o.IsShared))).DistinctBy(d => d.Words))
                Report(group, guarded, demand, reporter);
        }
    }

    /// <summary>
    /// Endpoints in classes of their own, one each, have no common place to say it: what they repeat is their style. A controller is such a place,
    /// and so is the class that maps several.
    /// </summary>
    private static bool AreWrittenTogether(EndpointGroup group, List<PublishedEndpoint> guarded) =>
        group.Kind == EndpointGroupKind.Controller || guarded.DistinctBy(m => OutermostOf(m.Handler?.DeclaringType)).Count() == 1;

    private static Type? OutermostOf(Type? type)
    {
        while (type?.DeclaringType is { } outer)
            type = outer;
        return type;
    }

    /// <summary>An attribute of the app's may say something else each time, in words that nobody knows.</summary>
    private static bool IsPlain(AccessDemand demand) =>
        !demand.IsShared && demand.Attribute is { } attribute && (attribute == "[Authorize]" || attribute.StartsWith("[Authorize(", StringComparison.Ordinal));

    private static void Report(EndpointGroup group, List<PublishedEndpoint> guarded, AccessDemand demand, IPitfallReporter reporter)
    {
        var first = guarded[0];
        reporter.Report(Rule, new Occurrence
        {
            Message = $"Each of the {guarded.Count} endpoints of {group.Name} demands {demand.Words} by itself ({string.Join(", ", guarded.Take(3).Select(g => g.Route))}{(guarded.Count > 3 ? ", …" : "")}).",
            Subject = $"{group.Name} {demand.Words}",
            Route = first.Route,
            MoreRoutes = [.. guarded.Skip(1).Select(g => g.Route)],
            Fix = group.Kind == EndpointGroupKind.Controller
                ? $"Put {demand.Attribute} on {group.Name} and take it from the actions."
                : $"Map them in one group, app.MapGroup(\"{group.Name}\").RequireAuthorization({demand.Code}), and take it from the endpoints.",
            Location = first.Location.Value,
            Evidence = Evidence.Of(("group", group.Name), ("endpoints", guarded.Count), ("demand", demand.Words)),
            Declared = first.Allowed.Value,
        });
    }
}
