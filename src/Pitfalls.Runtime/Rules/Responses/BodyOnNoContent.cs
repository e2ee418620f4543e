using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>A body on a status that has none (204, 205, 304): Kestrel throws, other servers drop it, proxies lose their place.</summary>
internal sealed class BodyOnNoContent : IResponseRule
{
    public static PitfallRule Rule { get; } = new(3002, nameof(BodyOnNoContent), "Body on no content", PitfallSeverity.Error, PitfallSeverity.Error,
        "Answer 200 when there is a body to send, or 204 with nothing: no body, no Content-Type, no Content-Length.");

    public void Observe(ObservedResponse response, IPitfallReporter reporter)
    {
        if (response.BodyRefusedOn is > 0 and var status)
        {
            var end = response.Status == status ? "the server dropped it" : $"the server refused it and {response.Status} went out";
            Report(response, reporter, status, $"{response.Route} wrote {response.BytesWritten:N0} bytes of body on a {status}; {end}.");
        }
        else if (response.Announced is { Status: > 0, Length: var length } && IsTheUsers(response, response.Announced.Status))
        {
            Report(response, reporter, response.Announced.Status, $"{response.Route} set Content-Length {length:N0} on a {response.Announced.Status}, which announces a body that cannot come.");
        }
        else if (response.Status is 204 or 205 or 304 && response.MediaType is not null && response.BytesWritten == 0 && IsTheUsers(response, response.Status))
        {
            Report(response, reporter, response.Status, $"{response.Route} set Content-Type {response.MediaType} on a {response.Status}, which announces a body that cannot come.");
        }
    }

    /// <summary>
    /// A 304 repeats headers of the file it stands for when static files or a cache send it; there only a handler of the user's is to blame.
    /// Framework endpoints have their reasons: SignalR's long polling ends with a 204 that names a type.
    /// </summary>
    private static bool IsTheUsers(ObservedResponse response, int status) =>
        response.Endpoint.IsUserCode && (status is 204 or 205 || response.Endpoint.HasEndpoint);

    private static void Report(ObservedResponse response, IPitfallReporter reporter, int status, string message) => reporter.Report(Rule, new Occurrence
    {
        Message = message,
        Subject = response.Route,
        Route = response.Route,
        Location = response.Writer ?? response.Endpoint.Location,
        Evidence = Evidence.Of(
            ("status", status),
            ("bodyBytes", response.BytesWritten),
            ("contentLength", response.Announced.Status > 0 ? response.Announced.Length : null),
            ("contentType", response.MediaType)),
        TraceId = response.TraceId,
        // The first stack of an endpoint shows the writing statement; later sightings, without one, must not replace it.
        Weight = response.Writer is null ? 0 : 1,
        Declared = response.Endpoint.Allowed,
        Ambient = response.Ambient,
    });
}
