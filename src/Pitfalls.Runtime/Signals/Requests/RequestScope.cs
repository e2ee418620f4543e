using System.Diagnostics;

using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Dependencies;
using Pitfalls.Runtime.Signals.Exceptions;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>
/// One request, as seen from anywhere in its execution context: which host, which endpoint, whether it still runs. It outlives the
/// request (late work still carries it) and holds nothing of it: the context is let go when the response has ended.
/// </summary>
internal sealed class RequestScope
{
    private const int ShortestGrace = 10;
    private const int MaxLateSigns = 4;

    private static readonly AsyncLocal<RequestScope?> s_current = new(OnChanged);

    private readonly EndpointBook _endpoints;
    private HttpContext? _context;
    private Endpoint? _endpoint;
    private EndpointFacts? _facts;
    private Allowance? _allowed;
    private ThrownExceptions? _thrown;
    private long _endedAt;
    private int _lateSigns;
    private RequestCalls? _calls;

    public RequestScope(object host, EndpointBook endpoints, HttpContext context)
    {
        Host = host;
        _endpoints = endpoints;
        _context = context;
        Method = HttpMethodNames.Known(context.Request.Method);
        Activity = context.Features.Get<IHttpActivityFeature>()?.Activity;
        TraceId = Activity is { IdFormat: ActivityIdFormat.W3C } activity ? activity.TraceId.ToHexString() : null;
    }

    /// <summary>Called on a thread when the request it works for changes: with each switch of the execution context.</summary>
    public static event Action<RequestScope?>? ThreadChanged;

    /// <summary>Whether anybody listens to that.</summary>
    public static bool IsThreadChangeHeard => ThreadChanged is not null;

    /// <summary>Told on a thread that does something for a request whose response has ended a while ago, with what it does; it must be quick and must not throw.</summary>
    public static event Action<RequestScope, LateSign>? WorkedLate;

    /// <summary>
    /// The request this code runs for; <see langword="null"/> outside requests, and in the Production profile for those that are not
    /// sampled: carrying it costs an execution context per request, so only some do there.
    /// </summary>
    public static RequestScope? Current => s_current.Value;

    /// <summary>The host that serves it: hosts in one process do not see each other's.</summary>
    public object Host { get; }

    public string Method { get; }

    public string? TraceId { get; }

    public Activity? Activity { get; }

    /// <summary>Whether the response has ended.</summary>
    public bool HasEnded => Volatile.Read(ref _endedAt) != 0;

    /// <summary>When the response ended, as a time stamp of the host's <see cref="TimeProvider"/>; 0 while it runs.</summary>
    public long EndedAt => Volatile.Read(ref _endedAt);

    /// <summary>The status it ended with; 0 while it runs.</summary>
    public int Status { get; private set; }

    /// <summary>What the handler answered with, where the framework told.</summary>
    public SentResult? Sent { get; set; }

    /// <summary>
    /// The status as it stands, asked while the handler's result is written; <see langword="null"/> where an error page writes it: that did not choose.
    /// </summary>
    public int? StatusByHand => _context is { } context && context.Features.Get<IExceptionHandlerFeature>() is null && context.Features.Get<IStatusCodeReExecuteFeature>() is null
        ? context.Response.StatusCode
        : null;

    /// <summary>Something was thrown, and the client had gone by the end.</summary>
    public bool WasAborted { get; private set; }

    /// <summary>When the response ended, in milliseconds of <see cref="Environment.TickCount64"/>: for those that must not ask the app's clock.</summary>
    public long EndedTick { get; private set; }

    /// <summary>How long ago the response ended, in milliseconds; only for one that has.</summary>
    public long LateBy => Environment.TickCount64 - EndedTick;

    /// <summary>A WebSocket, a hub or an event stream; known once it has ended.</summary>
    public bool IsStream { get; private set; }

    /// <summary>What it has called so far; <see langword="null"/>: nothing, or it has ended.</summary>
    public RequestCalls? Calls => Volatile.Read(ref _calls);

    /// <summary>What answers, as far as routing has come by now.</summary>
    public EndpointFacts Endpoint => _facts ?? _endpoints.For(_context?.GetEndpoint() ?? _endpoint);

    /// <summary><c>GET /orders/{id}</c>.</summary>
    public string Route => Endpoint.RouteFor(Method);

    /// <summary>What <see cref="Pitfall.Allow"/> allowed anywhere in this request so far.</summary>
    public Allowance? Allowed => _allowed ?? Pitfall.InRequest(Activity);

    /// <summary>What was thrown in this request; made with the first exception.</summary>
    public ThrownExceptions Thrown => _thrown ?? Interlocked.CompareExchange(ref _thrown, new ThrownExceptions(), null) ?? _thrown;

    /// <summary>The same; <see langword="null"/> when there was none.</summary>
    public ThrownExceptions? ThrownSoFar => Volatile.Read(ref _thrown);

    public static void Enter(RequestScope scope) => s_current.Value = scope;

    /// <summary>Something runs in this request's execution context: of interest only when its response has ended a while ago, and then only the first few times.</summary>
    public void Tell(LateSign sign)
    {
        if (HasEnded && !IsStream && WorkedLate is { } listener && LateBy >= ShortestGrace && Interlocked.Increment(ref _lateSigns) <= MaxLateSigns)
            listener(this, sign);
    }

    /// <summary>Gives it a book of its calls, unless it has one or has ended. Told: the one that is in force.</summary>
    public RequestCalls? Attach(RequestCalls calls)
    {
        var before = Interlocked.CompareExchange(ref _calls, calls, null);
        if (before is null && HasEnded && ReferenceEquals(Interlocked.CompareExchange(ref _calls, null, calls), calls))
            return null;
        return before ?? calls;
    }

    public RequestCalls? TakeCalls() => Interlocked.Exchange(ref _calls, null);

    /// <summary>The response has ended; what runs in this execution context from now on is late.</summary>
    public void End(HttpContext context, long timestamp)
    {
        _endpoint = context.GetEndpoint();
        // Without an endpoint the legacy router may know the action, and only while the context lives.
        _facts = _endpoints.For(_endpoint, context);
        _allowed = Pitfall.InRequest(Activity);
        Status = context.Response.StatusCode;
        IsStream = Status == StatusCodes.Status101SwitchingProtocols || HttpMethods.IsConnect(context.Request.Method)
            || context.Response.ContentType?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) == true
            || _endpoint?.Metadata.GetMetadata<HubMetadata>() is not null;
        // Kestrel makes the token when it is first asked for: only where something was thrown does it matter.
        WasAborted = ThrownSoFar is not null && context.RequestAborted.IsCancellationRequested;
        EndedTick = Environment.TickCount64;
        _context = null;
        Volatile.Write(ref _endedAt, timestamp == 0 ? 1 : timestamp);
    }

    private static void OnChanged(AsyncLocalValueChangedArgs<RequestScope?> change)
    {
        // Runs inside every switch of execution context of such a request: nothing but a call when somebody listens.
        if (ThreadChanged is { } listener && !ReferenceEquals(change.PreviousValue, change.CurrentValue))
            listener(change.CurrentValue);
    }
}
