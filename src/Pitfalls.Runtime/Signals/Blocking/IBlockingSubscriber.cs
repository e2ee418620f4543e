using System.Reflection;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Signals.Blocking;

/// <summary>A host that wants to hear of what blocks. Called on the watch's threads: it takes what it is told and returns.</summary>
internal interface IBlockingSubscriber
{
    bool IsDevelopment { get; }

    /// <summary>Waits that are shorter are not told.</summary>
    TimeSpan ShortestWait { get; }

    /// <summary>Whether the request is one of this host's.</summary>
    bool IsMine(RequestScope scope);

    bool IsUserCode(Assembly assembly);

    /// <summary>Whether a thread that stands still with this stack blocks without an event, in the user's code.</summary>
    bool IsWorthFollowing(CallStack stack);

    void OnWait(RawWait wait);

    void OnPool(RawPool pool);

    void OnQueueDelay(TimeSpan delay);

    void OnChannel(string name, bool works, string? reason);

    void OnLost(long count);

    void OnFault(Exception exception);
}

/// <summary>A thread that waited, or does.</summary>
/// <param name="Stack">Where.</param>
/// <param name="Duration">How long, so far.</param>
/// <param name="Scope">For which request; <see langword="null"/>: for none that is known.</param>
/// <param name="Allowed">What <see cref="Pitfall.Allow"/> allowed there and then.</param>
/// <param name="IsRunning">Whether it goes on.</param>
/// <param name="WasTold">Whether it was told before, while it ran.</param>
/// <param name="IsSampled">Whether it was seen in samples, and not told by the runtime.</param>
internal sealed record RawWait(
    CallStack Stack, TimeSpan Duration, RequestScope? Scope, Allowance? Allowed, bool IsRunning, bool WasTold, bool IsSampled);

/// <summary>The pool while work items wait, and the threads of it that stand still.</summary>
internal sealed record RawPool(PoolReading Reading, IReadOnlyList<RawGroup> Groups, int GrownByStarvation, int GrownByBlocking, bool WasHeldUp);

/// <summary>Pool threads with one stack.</summary>
internal sealed record RawGroup(CallStack Stack, int Threads, IReadOnlyList<RequestScope> Scopes);
