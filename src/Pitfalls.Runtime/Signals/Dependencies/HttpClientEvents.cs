using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Signals.Dependencies;

/// <summary>Requests of <see cref="HttpClient"/>.</summary>
/// <remarks>
/// Of the events of this listener only the two that carry no activity: wanting "System.Net.Http.HttpRequestOut", or listening to the activity
/// source, would make the client create an activity where the app has none, and send its id along.
/// </remarks>
internal sealed class HttpClientEvents(DependencyWatch watch) : DiagnosticEvents(watch)
{
    public const string ListenerName = "HttpHandlerDiagnosticListener";

    private const string Request = "System.Net.Http.Request";
    private const string Response = "System.Net.Http.Response";

    private readonly PayloadMember<HttpRequestMessage> _request = new("Request");
    private readonly PayloadMember<HttpResponseMessage> _response = new("Response");
    private readonly PayloadMember<Guid> _id = new("LoggingRequestId");
    private readonly PayloadMember<TaskStatus> _status = new("RequestTaskStatus");

    public override bool IsWanted(string name) => name switch
    {
        Request => Watch.Wants,
        Response => Watch.HasOpen,
        _ => false,
    };

    protected override void Read(string name, object payload)
    {
        if (name == Request)
            Begin(payload);
        else if (name == Response)
            Watch.End(_id.Read(payload), HasFailed(payload));
    }

    private void Begin(object payload)
    {
        if (_request.Read(payload) is not { RequestUri: { IsAbsoluteUri: true } address } request)
            return;
        // A client of another protocol on top has its own name for it.
        Layers.IsBelow(DependencyKind.Http, out var system);
        Watch.Begin(new CallStart
        {
            Kind = DependencyKind.Http,
            System = system ?? "http",
            Operation = HttpMethodNames.Known(request.Method.Method),
            Target = address.Host,
            Text = address.Host,
            Id = _id.Read(payload),
        });
    }

    /// <summary>No answer, or one that says that the other side is broken. A 4xx is an answer.</summary>
    private bool HasFailed(object payload) =>
        _status.Read(payload) == TaskStatus.Faulted || (_response.Read(payload) is { } response && (int)response.StatusCode >= 500);
}
