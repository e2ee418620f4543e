using System.Diagnostics;

using Pitfalls.Runtime.Signals.Blocking.EventPipe;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Signals.Blocking;

/// <summary>What the watcher's thread does, many times a second.</summary>
internal sealed partial class BlockingWatch
{
    public const string Samples = "thread samples";
    public const string QueueDelay = "queue delay";

    private const int HeldUp = 500;

    // What a clock of coarse steps may show too much.
    private const int ClockStep = 4;

    private void Watch()
    {
        _session.Start();
        var last = Environment.TickCount64;
        for (var tick = 0; !_stopping; tick++)
        {
            // Slept and not waited: a wait would be an event.
            var (asleep, length) = (Environment.TickCount64, _tick);
            Thread.Sleep(length);
            var now = Environment.TickCount64;
            _late += TimeSpan.FromMilliseconds(Math.Max(0, now - asleep - length - ClockStep));
            try
            {
                Tick(tick, now, wasHeldUp: now - last > HeldUp);
            }
            catch (Exception exception)
            {
                foreach (var subscriber in _subscribers)
                    subscriber.OnFault(exception);
            }

            last = now;
        }

        _session.Stop();
    }

    private void Tick(int tick, long now, bool wasHeldUp)
    {
        _session.Beat();
        if (_proofsLeft > 0 && now >= _nextProof && _session.IsSettled && !wasHeldUp)
            ProveSamples(now);
        foreach (var wait in _pairing.TakeLong(Stopwatch.GetTimestamp() - Math.Max(Volatile.Read(ref _shortest), Clock.FromMilliseconds(s_toldWhileRunning.TotalMilliseconds))))
            Tell(wait, Stopwatch.GetTimestamp(), wasTold: false, isRunning: true);
        EndSits(now);
        if (NewSits(now) is { Any: true } sits && !wasHeldUp)
            Sample(now, sits.IsNews);
        if (_probe.Look(_late) is { } reading)
            LookAtPool(reading, now, wasHeldUp);
        if (tick % 100 == 0)
        {
            ThreadSlot.Prune();
            Refresh();
        }
    }

    /// <summary>Whether requests have sat on one thread for long without a wait that the runtime tells, and one of them in an endpoint that has hardly been looked at.</summary>
    private (bool Any, bool IsNews) NewSits(long now)
    {
        var (any, isNews) = (false, false);
        foreach (var (slot, scope, version) in Sitting(now))
        {
            if (_looked.Count >= MaxWanted)
                _looked.Clear();
            if (_looked.Contains((slot.ThreadId, version)))
                continue;
            any = true;
            isNews |= _looks.Of(scope) < EndpointLooks.Enough;
        }

        return (any, isNews);
    }

    private IEnumerable<(ThreadSlot Slot, RequestScope Scope, int Version)> Sitting(long now)
    {
        foreach (var slot in ThreadSlot.All)
        {
            var (scope, since, version) = slot.Now();
            if (scope is not null && !scope.HasEnded && now - since >= LongSit && !_pairing.IsWaiting(slot.ThreadId) && IsWatched(scope))
                yield return (slot, scope, version);
        }
    }

    private bool IsWatched(RequestScope scope) => Array.Exists(_subscribers, s => s.IsMine(scope));

    /// <summary>So that the status can say whether what makes no event would be seen: the samples must show this very thread. A crowded machine may miss it once.</summary>
    private void ProveSamples(long now)
    {
        _proofsLeft--;
        _nextProof = now + BetweenProofs;
        try
        {
            var showsUs = ThreadSampleBurst.Take(_sampled).Any(s => s.Stack.Facts.Frames.Any(f => f.Method.DeclaringType == typeof(ThreadSampleBurst)));
            _proofsLeft = showsUs ? 0 : _proofsLeft;
            TellSamples(showsUs, showsUs ? null : "the samples did not show a thread of our own");
        }
        catch (DiagnosticsPortException exception)
        {
            TellSamples(false, exception.Message);
        }
    }

    private void TellSamples(bool works, string? reason)
    {
        lock (s_lock)
            _samples = (works, reason);
        TellChannel(Samples, works, reason);
    }

    /// <summary>Samples all threads, when the budget has room, and begins to follow those that stood still.</summary>
    private void Sample(long now, bool isNews = false)
    {
        if (!_budget.Take(TimeSpan.FromMilliseconds(now), isNews))
            return;
        foreach (var (_, scope, _) in Sitting(now))
            _looks.Add(scope);
        try
        {
            _lastSamples = [.. ThreadSampleBurst.Take(_sampled).Select(s => (s, VersionOf(s.ThreadId)))];
            _lastSamplesAt = Environment.TickCount64;
            TellSamples(true, null);
        }
        catch (DiagnosticsPortException exception)
        {
            TellSamples(false, exception.Message);
            return;
        }

        var foundNew = false;
        foreach (var (sample, _) in _lastSamples)
        {
            if (sample.Stack.Facts is { StandsStill: true, Thread: ThreadKind.Pool or ThreadKind.Unknown })
                foundNew |= Follow(sample);
        }

        foreach (var slot in ThreadSlot.All)
            _looked.Add((slot.ThreadId, slot.Now().Version));
        _budget.Learn(foundNew);
    }

    /// <summary>How long a thread sat is known when it gets up; one that serves no request is told of at once.</summary>
    private bool Follow(SampledThread sample)
    {
        if (!Array.Exists(_subscribers, s => s.IsWorthFollowing(sample.Stack)))
            return false;
        if (_known.Count >= StackBook.MaxStacks)
            _known.Clear();
        var slot = ThreadSlot.Find(sample.ThreadId);
        var (scope, since, version) = slot?.Now() ?? default;
        if (slot is null || scope is null || since > Clock.ToTicks64(sample.First))
        {
            var stay = slot?.During(Clock.ToTicks64(sample.First), Clock.ToTicks64(sample.Last));
            Tell(new RawWait(sample.Stack, Stopwatch.GetElapsedTime(sample.First, sample.Last), stay?.Scope, stay?.Allowed, IsRunning: false, WasTold: false, IsSampled: true));
        }
        else if (!_sits.Exists(s => s.Slot == slot && s.Version == version))
        {
            _sits.Add(new Sit(slot, version, since, scope, slot.During(since, since + 1)?.Allowed, sample.Stack));
        }

        return _known.Add(sample.Stack);
    }

    private void EndSits(long now)
    {
        for (var i = _sits.Count - 1; i >= 0; i--)
        {
            var sit = _sits[i];
            var (_, since, version) = sit.Slot.Now();
            var isOver = version != sit.Version;
            if (!isOver && now - sit.Since < s_longestSit.TotalMilliseconds)
                continue;
            _sits.RemoveAt(i);
            // One change later the new stay began when this one ended; more than one, and this look is what is known.
            var end = version == sit.Version + 1 ? since : now;
            Tell(new RawWait(sit.Stack, TimeSpan.FromMilliseconds(end - sit.Since), sit.Scope, sit.Allowed, !isOver, WasTold: false, IsSampled: true));
        }
    }

    private void LookAtPool(PoolReading reading, long now, bool wasHeldUp)
    {
        if (!_probed)
            TellChannel(QueueDelay, true, null);
        _probed = true;
        foreach (var subscriber in _subscribers)
            subscriber.OnQueueDelay(reading.QueueDelay);
        var (before, delay) = (_lastDelay, reading.QueueDelay);
        _lastDelay = delay;
        // Most readings say nothing, and the first quiet one after a bad one says that it is over.
        if (delay.TotalMilliseconds < LongSit && before.TotalMilliseconds < LongSit)
            return;

        var waiting = _pairing.Snapshot().Where(w => w.Stack.Facts.Thread == ThreadKind.Pool).ToList();
        if (delay.TotalMilliseconds >= 2 * LongSit && waiting.Count * 4 < reading.Threads * 3 && !wasHeldUp)
            Sample(now, isNews: true);
        var threads = waiting.Select(w => (w.ThreadId, w.Stack)).ToList();
        var known = threads.Select(t => t.ThreadId).ToHashSet();
        threads.AddRange(_lastSamples
            .Where(s => !known.Contains(s.Thread.ThreadId) && s.Thread.Stack.Facts is { StandsStill: true, Thread: ThreadKind.Pool } && IsStillThere(s.Thread.ThreadId, s.Version))
            .Select(s => (s.Thread.ThreadId, s.Thread.Stack)));

        var pool = new RawPool(
            reading,
            [.. threads.GroupBy(t => t.Stack).Select(g => new RawGroup(g.Key, g.Count(), [.. g.Select(t => ThreadSlot.Find(t.ThreadId)?.Now().Scope).OfType<RequestScope>().Distinct()]))],
            Volatile.Read(ref _grownByStarvation),
            Volatile.Read(ref _grownByBlocking),
            wasHeldUp);
        foreach (var subscriber in _subscribers)
            subscriber.OnPool(pool);
    }

    private static int VersionOf(long threadId) => ThreadSlot.Find(threadId)?.Now() is { Scope: not null } now ? now.Version : -1;

    /// <summary>A sample is old as soon as it is taken: it holds while the thread serves the request it served then, and not for long.</summary>
    private bool IsStillThere(long threadId, int version) =>
        Environment.TickCount64 - _lastSamplesAt < (version < 0 ? 1 : 3) * s_toldWhileRunning.TotalMilliseconds && VersionOf(threadId) == version;

    /// <summary>A thread seen standing still while it serves a request.</summary>
    private sealed record Sit(ThreadSlot Slot, int Version, long Since, RequestScope Scope, Reporting.Allowance? Allowed, CallStack Stack);
}
