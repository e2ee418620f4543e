using System.Diagnostics;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Exceptions;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>
/// One request, as seen from anywhere in its execution context: which host, which endpoint, whether it still runs. It outlives the
/// request (late work still carries it) and holds nothing of it: the context is let go when the response has ended.
/// </summary>
internal sealed class RequestScope
{
    private static readonly AsyncLocal<RequestScope?> s_current = new(OnChanged);

    private readonly EndpointBook _endpoints;
    private HttpContext? _context;
    private Endpoint? _endpoint;
    private EndpointFacts? _facts;
    private Allowance? _allowed;
    private ThrownExceptions? _thrown;
    private long _endedAt;

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

    /// <summary>The response has ended; what runs in this execution context from now on is late.</summary>
    public void End(HttpContext context, long timestamp)
    {
        _endpoint = context.GetEndpoint();
        // Without an endpoint the legacy router may know the action, and only while the context lives.
        _facts = _endpoints.For(_endpoint, context);
        _allowed = Pitfall.InRequest(Activity);
        Status = context.Response.StatusCode;
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
