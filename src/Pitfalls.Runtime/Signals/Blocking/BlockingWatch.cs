using System.Diagnostics;

using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Signals.Blocking;

/// <summary>
/// Watches the threads of this process: one event session and one probe however many hosts there are, begun with the first and ended with the last.
/// </summary>
/// <remarks>Its threads are its own, so that it sees a starved pool from outside; while nothing blocks they look at a few numbers ten times a second.</remarks>
internal sealed partial class BlockingWatch : IWaitListener
{
    private const int TickInProduction = 50;

    /// <summary>Shorter sleeps are caught in the act by a watch that looks more often.</summary>
    private const int TickInDevelopment = 20;

    private const int LongSit = 100;
    private const int BetweenProofs = 1000;
    private const int MaxWanted = 256;

    private static readonly TimeSpan s_toldWhileRunning = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestSit = TimeSpan.FromSeconds(10);

    private static readonly Lock s_lock = new();
    private static BlockingWatch? s_current;

    private readonly WaitPairing _pairing = new();
    private readonly WaitSession _session;
    private readonly PoolProbe _probe = new();
    private readonly StackBook _sampled = new();
    private readonly HashSet<CallStack> _known = [];
    private readonly EndpointLooks _looks = new();
    private readonly List<Sit> _sits = [];
    private readonly HashSet<(long Thread, int Version)> _looked = [];
    private readonly Thread _watcher;
    private BurstBudget _budget = null!;
    private IBlockingSubscriber[] _subscribers = [];
    private IReadOnlyList<(SampledThread Thread, int Version)> _lastSamples = [];
    private long _lastSamplesAt;
    private long _shortest = long.MaxValue;
    private TimeSpan _lastDelay;
    private TimeSpan _late;
    private int _grownByStarvation;
    private int _grownByBlocking;
    private (bool Works, string? Reason) _samples = (false, "not tried yet");
    private int _proofsLeft = 5;
    private long _nextProof;
    private volatile bool _probed;
    private volatile int _tick = TickInProduction;
    private volatile bool _stopping;

    private BlockingWatch()
    {
        _session = new WaitSession(_pairing, this, TellChannel);
        _watcher = new Thread(Watch) { IsBackground = true, Name = "Pitfalls pool watch" };
    }

    /// <summary>Begins to tell a host of what blocks, until the result is disposed.</summary>
    public static IDisposable Join(IBlockingSubscriber subscriber)
    {
        lock (s_lock)
        {
            var isFirst = s_current is null;
            var watch = s_current ??= new BlockingWatch();
            watch.Set([.. watch._subscribers, subscriber]);
            if (isFirst)
            {
                ThreadSlot.Attach();
                watch._watcher.UnsafeStart();
            }

            watch._session.TellChannels(subscriber);
            subscriber.OnChannel(Samples, watch._samples.Works, watch._samples.Reason);
            subscriber.OnChannel(QueueDelay, watch._probed, watch._probed ? null : "not tried yet");
            return new Membership(watch, subscriber);
        }
    }

    /// <summary>Whether another host takes this code for its user's too: then a wait outside of requests could be of either.</summary>
    public static bool IsClaimedByOthers(IBlockingSubscriber subscriber, System.Reflection.Assembly assembly) =>
        Volatile.Read(ref s_current) is { } watch && Array.Exists(watch._subscribers, s => !ReferenceEquals(s, subscriber) && s.IsUserCode(assembly));

    /// <summary>Completes when every wait that ended before has been told of; for tests, which wait for silence.</summary>
    public static Task CatchUpAsync()
    {
        lock (s_lock)
            return s_current?._session.CatchUpAsync() ?? Task.CompletedTask;
    }

    void IWaitListener.OnWait(FinishedWait wait)
    {
        if (_session.IsMarker(wait) || (wait.End - wait.Wait.Start < Volatile.Read(ref _shortest) && !wait.WasTold))
            return;
        Tell(wait.Wait, wait.End, wait.WasTold, isRunning: false);
    }

    void IWaitListener.OnPoolAdjusted(int threads, int reason)
    {
        if (reason == 6)
            Interlocked.Increment(ref _grownByStarvation);
        else if (reason == 8)
            Interlocked.Increment(ref _grownByBlocking);
    }

    void IWaitListener.OnLost(long count)
    {
        foreach (var subscriber in _subscribers)
            subscriber.OnLost(count);
    }

    void IWaitListener.OnCaughtUp(long events) => _session.OnCaughtUp(events);

    internal void TellChannel(string name, bool works, string? reason)
    {
        foreach (var subscriber in _subscribers)
            subscriber.OnChannel(name, works, reason);
    }

    private void Set(IBlockingSubscriber[] subscribers)
    {
        _subscribers = subscribers;
        Refresh();
        // A developer wants to see everything soon; in production a burst is worth less than the milliseconds it takes.
        var isDevelopment = Array.Exists(subscribers, s => s.IsDevelopment);
        _tick = isDevelopment ? TickInDevelopment : TickInProduction;
        _budget = isDevelopment
            ? new BurstBudget(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1))
            : new BurstBudget(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5));
    }

    private void Refresh()
    {
        var shortest = _subscribers.Length == 0 ? TimeSpan.MaxValue : _subscribers.Min(s => s.ShortestWait);
        Volatile.Write(ref _shortest, shortest == TimeSpan.MaxValue ? long.MaxValue : (long)(shortest.TotalSeconds * Stopwatch.Frequency));
    }

    private void Leave(IBlockingSubscriber subscriber)
    {
        lock (s_lock)
        {
            Set([.. _subscribers.Where(s => !ReferenceEquals(s, subscriber))]);
            if (_subscribers.Length > 0)
                return;
            s_current = null;
            ThreadSlot.Detach();
            // The threads end by themselves within moments: nobody's shutdown waits for them.
            _stopping = true;
        }
    }

    private void Tell(OpenWait wait, long end, bool wasTold, bool isRunning)
    {
        var stay = ThreadSlot.Find(wait.ThreadId)?.During(Clock.ToTicks64(wait.Start), Clock.ToTicks64(end));
        Tell(new RawWait(wait.Stack, Stopwatch.GetElapsedTime(wait.Start, end), stay?.Scope, stay?.Allowed, isRunning, wasTold, IsSampled: false));
    }

    private void Tell(RawWait wait)
    {
        foreach (var subscriber in _subscribers)
        {
            if (wait.Scope is null || subscriber.IsMine(wait.Scope))
                subscriber.OnWait(wait);
        }
    }

    private sealed class Membership(BlockingWatch watch, IBlockingSubscriber subscriber) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
                watch.Leave(subscriber);
        }
    }
}
