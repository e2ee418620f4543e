using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>A success whose body is <c>null</c>, or empty where an object was declared: callers crash on what they were promised.</summary>
internal sealed class NullBody : IResponseRule
{
    public static PitfallRule Rule { get; } = new(3001, nameof(NullBody), "Null body", PitfallSeverity.Warning, PitfallSeverity.Warning,
        "Answer 404 when there is nothing (return NotFound()), 204 when nothing is the answer, or an empty object or list.");

    public void Observe(ObservedResponse response, IPitfallReporter reporter)
    {
        if (response.Method == "HEAD" || !response.IsSuccess)
            return;
        if (IsNull(response))
            Report(response, reporter, $"{response.Route} answered {response.Status} with the JSON body null.", "null");
        else if (IsMissing(response))
            Report(response, reporter, $"{response.Route} declares {TypeNames.Of(response.Endpoint.DeclaredFor(200) ?? response.Endpoint.DeclaredFor(201)!)} and answered {response.Status} with an empty body.", "empty");
    }

    private static bool IsNull(ObservedResponse response) =>
        MediaTypes.IsJson(response.MediaType) && !response.IsTruncated && response.Body.Span.Trim(" \r\n\t"u8).SequenceEqual("null"u8);

    /// <summary>Only where the user wrote the handler: a framework's own endpoint may declare several answers, one of them empty.</summary>
    private static bool IsMissing(ObservedResponse response) =>
        response.Status is 200 or 201
        && response.BytesWritten == 0
        && response.Endpoint is { HasEndpoint: true, IsUserCode: true, DeclaresBody: true }
        && (response.MediaType is null || MediaTypes.IsJson(response.MediaType));

    private static void Report(ObservedResponse response, IPitfallReporter reporter, string message, string body) => reporter.Report(Rule, new Occurrence
    {
        Message = message,
        Subject = response.Route,
        Route = response.Route,
        Location = response.Endpoint.Location,
        Evidence = Evidence.Of(("status", response.Status), ("body", body)),
        TraceId = response.TraceId,
        Declared = response.Endpoint.Allowed,
        Ambient = response.Ambient,
    });
}
