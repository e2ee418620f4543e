using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Exceptions;

namespace Pitfalls.Runtime.Rules.Errors;

/// <summary>User code caught any exception there is and let it vanish: nobody will know that something went wrong, nor what.</summary>
internal sealed class SwallowedException : ICaughtExceptionRule
{
    private const int FirstError = 400;

    public static PitfallRule Rule { get; } = new(6001, nameof(SwallowedException), "Swallowed exception", PitfallSeverity.Warning, PitfallSeverity.Warning,
        "Catch only the type that is expected there; else log the exception, or let it through to the exception handler.");

    public void Observe(CaughtException caught, IPitfallReporter reporter)
    {
        if (!caught.CatchesAll || caught.Fate != CatchFate.Vanishes || caught.WasLogged
            || caught.IsCancellation || caught.IsAbortedRequest || caught.Status >= FirstError)
            return;

        var type = caught.Type[(caught.Type.LastIndexOf('.') + 1)..];
        reporter.Report(Rule, new Occurrence
        {
            Message = caught.Route is { } route
                ? $"{route} answered {caught.Status} although {type} was thrown: {caught.Location.Function} caught it with everything else and let it vanish."
                : $"{caught.Location.Function} caught {type} with everything else and let it vanish.",
            Subject = caught.Subject,
            Route = caught.Route,
            Location = caught.Location,
            Evidence = Evidence.Of(
                ("exception", caught.Type),
                ("thrownBy", caught.ThrownBy),
                ("status", caught.Status == 0 ? null : caught.Status),
                ("work", caught.Route is null ? "hosted service" : "request")),
            TraceId = caught.TraceId,
            Declared = caught.Declared,
            Ambient = caught.Ambient,
        });
    }
}
