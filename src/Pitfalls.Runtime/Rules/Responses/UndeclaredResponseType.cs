using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>An endpoint answers JSON and tells nobody what is in it: its description has a blank where the type should be.</summary>
internal sealed class UndeclaredResponseType : IResponseRule
{
    private readonly FirstOfMany _many = new();

    public static PitfallRule Rule { get; } = new(3004, nameof(UndeclaredResponseType), "Undeclared response type", PitfallSeverity.Info, null,
        "Return TypedResults or ActionResult<T> instead of IResult or IActionResult, or add Produces<T>().");

    public void Observe(ObservedResponse response, IPitfallReporter reporter)
    {
        var endpoint = response.Endpoint;
        if (!response.IsSuccess || response.Body.IsEmpty || !MediaTypes.IsJson(response.MediaType) || !endpoint.HasEndpoint || !endpoint.IsUserCode)
            return;
        if (endpoint.Declared is not { IsHidden: false, Returned: { } returned } declared || !DeclaredResponses.IsOpen(returned) || IsTold(declared, returned) || HealthRoutes.Is(response.Route))
            return;
        _many.Report(Rule, new Occurrence
        {
            Message = $"{response.Route} answered {response.Status} with JSON, but it returns {TypeNames.Of(returned)} and declares no response type.",
            Subject = response.Route,
            Route = response.Route,
            Fix = declared.IsAction
                ? "Return ActionResult<T>, or put [ProducesResponseType<T>(StatusCodes.Status200OK)] on the action."
                : "Return TypedResults.Ok(…) or the object itself, or add .Produces<T>() to the endpoint.",
            Location = endpoint.Location,
            Evidence = Evidence.Of(("returns", TypeNames.Of(returned)), ("sent", response.Sent?.TypeName is { } sent ? TypeNames.Plain(sent) : null), ("status", response.Status)),
            TraceId = response.TraceId,
            Declared = endpoint.Allowed,
            Ambient = response.Ambient,
        }, reporter);
    }

    /// <summary>The framework itself notes <c>object</c> for a handler that returns it: that is no statement.</summary>
    private static bool IsTold(DeclaredResponses declared, Type returned) =>
        declared.All.Any(r => r.Status is >= 200 and < 300 && r.Type is { } type && type != typeof(void) && (type != typeof(object) || returned != typeof(object)));
}
