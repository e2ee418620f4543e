using System.Diagnostics;
using System.Runtime.CompilerServices;

using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime;

/// <summary>Allows a pitfall on purpose for a stretch of code.</summary>
public static class Pitfall
{
    private const int MaxPerRequest = 32;

    /// <summary>What ASP.NET Core calls the activity of a request (Microsoft.AspNetCore.Hosting, HostingApplicationDiagnostics).</summary>
    private const string RequestActivity = "Microsoft.AspNetCore.Hosting.HttpRequestIn";

    private static readonly AsyncLocal<Allowance?> s_ambient = new(static change => AmbientChanged?.Invoke(change.CurrentValue));

    // A handler's scope has ended by the time the framework writes what the handler returned, and an AsyncLocal set inside an async
    // method does not flow out of it. The request's activity is the one object both sides see, at no cost to requests that allow nothing.
    private static readonly ConditionalWeakTable<Activity, RequestAllowances> s_byRequest = [];

    /// <summary>
    /// Allows a pitfall until the result is disposed, across awaits, and for the response of the request it is called in:
    /// <c>using (Pitfall.Allow("PIT1001", "start-up only")) { … }</c>.
    /// </summary>
    /// <param name="rule">The rule's id or name. One that is unknown allows nothing.</param>
    /// <param name="reason">Why it is right here, for the next reader.</param>
    /// <returns>Ends the permission when disposed; disposing twice is harmless.</returns>
    /// <exception cref="ArgumentException"><paramref name="rule"/> or <paramref name="reason"/> is empty.</exception>
    public static IDisposable Allow(string rule, string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(rule);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);

        var before = s_ambient.Value;
        var allowance = new Allowance(rule, reason, before);
        s_ambient.Value = allowance;
        if (RequestOf(Activity.Current) is { } request)
            s_byRequest.GetValue(request, static _ => new RequestAllowances()).Add(allowance);
        return new Scope(allowance, before);
    }

    /// <summary>Told on every thread where what is allowed begins or ends; it must not throw. Code that allows nothing pays nothing.</summary>
    internal static event Action<Allowance?>? AmbientChanged;

    /// <summary>What is allowed here and now; <see langword="null"/>: nothing.</summary>
    internal static Allowance? Ambient => s_ambient.Value;

    /// <summary>What was allowed anywhere in the request this activity belongs to.</summary>
    internal static Allowance? InRequest(Activity? activity) =>
        RequestOf(activity) is { } request && s_byRequest.TryGetValue(request, out var allowances) ? allowances.Head : null;

    // Not the outermost activity: one that Main has started would be shared by all requests.
    private static Activity? RequestOf(Activity? activity)
    {
        while (activity is not null && activity.OperationName != RequestActivity)
            activity = activity.Parent;
        return activity;
    }

    private sealed class RequestAllowances
    {
        private int _count;

        public Allowance? Head { get; private set; }

        public void Add(Allowance allowance)
        {
            lock (this)
            {
                if (_count++ < MaxPerRequest)
                    Head = new Allowance(allowance.Rule, allowance.Reason, Head);
            }
        }
    }

    private sealed class Scope(Allowance allowance, Allowance? before) : IDisposable
    {
        // Ended out of order (or elsewhere), the permission that is current belongs to somebody else and stays.
        public void Dispose()
        {
            if (ReferenceEquals(s_ambient.Value, allowance))
                s_ambient.Value = before;
        }
    }
}
