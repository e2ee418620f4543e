using Microsoft.AspNetCore.Http;

using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>Gives requests their scope: every one in Development; in Production the first hundred, then at most 20 a second.</summary>
/// <remarks>
/// A scope travels with the execution context, which costs memory for each request that carries one. A pitfall that matters comes
/// again, so a sample finds it, and a busy app pays next to nothing.
/// </remarks>
internal sealed class RequestScopes(LiveOptions options, EndpointBook endpoints, TimeProvider time)
{
    public const int FirstRequests = 100;
    public const int PerSecond = 20;

    private int _seen;
    private long _nextDue;

    /// <summary>Told when the response of a request with a scope has ended, on the thread that ends it; it must be quick.</summary>
    public event Action<RequestScope>? Ended;

    /// <summary>Stands for this host in <see cref="RequestScope.Host"/>.</summary>
    public object Host { get; } = new();

    /// <summary>The scope, now current; <see langword="null"/> when this request carries none.</summary>
    public RequestScope? Begin(HttpContext context)
    {
        if (options.Current.Profile != PitfallProfile.Development && !IsDue())
            return null;
        var scope = new RequestScope(Host, endpoints, context);
        RequestScope.Enter(scope);
        return scope;
    }

    public void End(RequestScope scope, HttpContext context)
    {
        scope.End(context, time.GetTimestamp());
        Ended?.Invoke(scope);
    }

    private bool IsDue()
    {
        if (Volatile.Read(ref _seen) < FirstRequests && Interlocked.Increment(ref _seen) <= FirstRequests)
            return true;
        var now = time.GetTimestamp();
        var due = Interlocked.Read(ref _nextDue);
        return now >= due && Interlocked.CompareExchange(ref _nextDue, now + (time.TimestampFrequency / PerSecond), due) == due;
    }
}
