using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.State;

namespace Pitfalls.Runtime.Rules.State;

/// <summary>A singleton that holds on to a scoped service: the instance of one request serves all of them, and is never disposed.</summary>
internal sealed class CaptiveDependency : IRegistrationRule, IRootScopeRule, IHeldObjectRule
{
    // What was not seen to come from the root scope may be there for one operation only: long enough to be no such thing.
    private const int SameForSamples = 3;
    private const int ThereForSamples = 5;

    public static PitfallRule Rule { get; } = new(2005, nameof(CaptiveDependency), "Captive dependency",
        PitfallSeverity.Error, PitfallSeverity.Error,
        "Inject IServiceScopeFactory (or IDbContextFactory) and make a scope for each operation, or register the singleton as scoped.");

    public void Observe(CapturedService captured, IPitfallReporter reporter) => reporter.Report(Rule, new Occurrence
    {
        Message = $"The singleton {captured.Singleton} gets the scoped service {captured.Scoped} through its constructor and keeps it for the life of the app ({captured.Path}).",
        Subject = Subject(captured.Singleton, captured.ScopedImplementation),
        Location = captured.Location,
        Evidence = Evidence.Of(
            ("singleton", captured.Singleton),
            ("scoped", captured.Scoped),
            ("path", captured.Path),
            ("seenIn", "registrations")),
        // The way through the constructors says more than the field it ended in.
        Weight = 1,
        Declared = captured.Declared,
    });

    public void Observe(RootScopedService service, IPitfallReporter reporter) => reporter.Report(Rule, new Occurrence
    {
        Message = $"{service.Service} is registered as scoped and was asked of the root provider, which keeps it for the life of the app.",
        Subject = Subject("root provider", service.Service),
        Location = service.Location,
        Fix = "Make a scope with CreateScope or IServiceScopeFactory, take the service from it, and dispose of the scope.",
        Evidence = Evidence.Of(("singleton", "root provider"), ("scoped", service.Service), ("seenIn", "root provider")),
        Declared = service.Declared,
    });

    public void Observe(HeldObject held, IPitfallReporter reporter)
    {
        if (held.Root == RootKind.Static || !IsCaptive(held))
            return;
        var place = held.Assignments.Value.Count > 0 ? held.Assignments.Value[0] : null;
        reporter.Report(Rule, new Occurrence
        {
            Message = $"The singleton {held.Holder} keeps an instance of the scoped service {held.FullType} in {held.Name}{(place is null ? "" : $"; {place.Short} puts it there")}.",
            Subject = Subject(held.Holder, held.FullType),
            Location = place?.Location ?? held.HolderLocation.Value,
            Evidence = Evidence.Of(
                ("singleton", held.Holder),
                ("scoped", held.FullType),
                ("field", held.Name),
                ("seenIn", "objects"),
                ("writers", GrowthReport.Places(held.Assignments.Value))),
            Declared = GrowthReport.Chain(held.Declared.Value, place?.Declared),
        });
    }

    private static bool IsCaptive(HeldObject held) =>
        held.IsPromoted
        || (held.IsScopedService
            && !held.IsElement
            && (held.SamplesOfThisOne >= SameForSamples || held.Samples >= ThereForSamples)
            && !held.IsConstructedByUser.Value);

    /// <summary>Seen in the registrations and in the objects it is one mistake.</summary>
    private static string Subject(string singleton, string scoped) => $"{singleton} > {scoped}";
}
