using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.State;

namespace Pitfalls.Runtime.Rules.State;

/// <summary>A request's context, request or response in a field of something that outlives it: the next request is served with it, by the server's own reuse.</summary>
internal sealed class StoredHttpContext : IHeldObjectRule
{
    public static PitfallRule Rule { get; } = new(2006, nameof(StoredHttpContext), "Stored HttpContext",
        PitfallSeverity.Error, PitfallSeverity.Error,
        "Pass the values that are needed, or keep an IHttpContextAccessor and ask it for the context each time.");

    public void Observe(HeldObject held, IPitfallReporter reporter)
    {
        // A list of live connections, one of which is served now, holds its contexts rightly.
        if (held.IsElement || held.Kind is not (HeldKind.HttpContext or HeldKind.HttpRequest or HeldKind.HttpResponse))
            return;
        var place = held.Assignments.Value.Count > 0 ? held.Assignments.Value[0] : null;
        var owner = held.Root switch
        {
            RootKind.Static => "the static field",
            RootKind.HostedService => "a field of a hosted service,",
            RootKind.Pipeline => "a field that lives as long as the app,",
            _ => "a field of a singleton,",
        };
        reporter.Report(Rule, new Occurrence
        {
            Message = $"{(held.Kind is HeldKind.HttpContext ? "The context of a request" : held.Kind is HeldKind.HttpRequest ? "A request" : "A response")} is kept in {owner} {held.Name}{(place is null ? "" : $"; {place.Short} puts it there")}.",
            Subject = held.Name,
            Location = place?.Location ?? held.Declaration.Value,
            Evidence = Evidence.Of(
                ("field", held.Name),
                ("type", held.Type),
                ("holder", held.Holder),
                ("root", held.Root.ToString()),
                ("writers", GrowthReport.Places(held.Assignments.Value))),
            Declared = GrowthReport.Chain(held.Declared.Value, place?.Declared),
        });
    }
}
