using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Exceptions;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Rules.Threading;

/// <summary>A task that was not awaited: sent to the client as an object, or left alone with its fault.</summary>
internal sealed class UnawaitedTask : IResponseRule, IUnobservedTaskRule
{
    public static PitfallRule Rule { get; } = new(1004, nameof(UnawaitedTask), "Unawaited task", PitfallSeverity.Warning, PitfallSeverity.Error,
        "Await the call; work that must outlive the request belongs to a hosted service with a queue.");

    public void Observe(ObservedResponse response, IPitfallReporter reporter)
    {
        if (!response.IsJson || TaskShapes.Find(response.Body.Span, response.IsTruncated) is not { } path)
            return;
        reporter.Report(Rule, new Occurrence
        {
            Message = $"{response.Route} sends a task to the client instead of its result ({path}).",
            Subject = response.Route,
            Fix = "Await the task before it is put into the response.",
            Route = response.Route,
            Location = response.Endpoint.Location,
            Evidence = Evidence.Of(("path", path), ("status", response.Status)),
            TraceId = response.TraceId,
            Declared = response.Endpoint.Allowed,
            Ambient = response.Ambient,
        });
    }

    public void Observe(UnobservedFault fault, IPitfallReporter reporter)
    {
        // Whoever logged it and threw it again for a caller who is not there has told.
        if (fault.WasTold)
            return;
        var type = fault.Type[(fault.Type.LastIndexOf('.') + 1)..];
        reporter.Report(Rule, new Occurrence
        {
            Message = $"{fault.Location.Function} failed with {type}, and nobody awaited its task{(fault.Route is { } route ? $", started in {route}" : "")}.",
            Subject = fault.Subject,
            Route = fault.Route,
            Location = fault.Location,
            Evidence = Evidence.Of(("exception", fault.Type), ("thrownBy", fault.ThrownBy)),
            TraceId = fault.TraceId,
            Declared = fault.Declared,
            Ambient = fault.Ambient,
        });
    }
}
