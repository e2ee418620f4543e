using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.State;

namespace Pitfalls.Runtime.Rules.State;

/// <summary>A static field that holds the application, a service provider, a scope, a request or a <c>DbContext</c>: whoever uses it shares it with everybody.</summary>
internal sealed class StaticServiceProvider : IHeldObjectRule
{
    public static PitfallRule Rule { get; } = new(2004, nameof(StaticServiceProvider), "Static service provider",
        PitfallSeverity.Warning, PitfallSeverity.Warning,
        "Take what is needed as a constructor or handler parameter; where a scope is needed outside a request, make one with IServiceScopeFactory.");

    public void Observe(HeldObject held, IPitfallReporter reporter)
    {
        if (!held.IsInStaticField || held.IsElement || What(held.Kind) is not { } what)
            return;
        var place = held.Assignments.Value.Count > 0 ? held.Assignments.Value[0] : null;
        reporter.Report(Rule, new Occurrence
        {
            Message = $"The static field {held.Name} holds {what} ({held.Type}){(place is null ? "" : $"; {place.Short} puts it there")}.",
            Subject = held.Name,
            Location = place?.Location ?? held.Declaration.Value,
            Evidence = Evidence.Of(
                ("field", held.Name),
                ("type", held.Type),
                ("holds", held.Kind.ToString()),
                ("writers", GrowthReport.Places(held.Assignments.Value))),
            Fix = held.Kind switch
            {
                HeldKind.HttpContext or HeldKind.HttpRequest or HeldKind.HttpResponse => "Take the HttpContext as a handler parameter, or ask an injected IHttpContextAccessor for it each time.",
                HeldKind.DbContext => "Take the DbContext as a constructor or handler parameter; where there is no request, make one with IDbContextFactory.",
                _ => null,
            },
            Declared = GrowthReport.Chain(held.Declared.Value, place?.Declared),
        });
    }

    private static string? What(HeldKind kind) => kind switch
    {
        HeldKind.Application => "the application",
        HeldKind.ServiceProvider => "a service provider",
        HeldKind.ServiceScope => "a service scope",
        HeldKind.HttpContext => "a request's context",
        HeldKind.HttpRequest => "a request",
        HeldKind.HttpResponse => "a response",
        HeldKind.DbContext => "a DbContext",
        HeldKind.HttpContextAccessor => "an accessor of the current request",
        _ => null,
    };
}
