using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>
/// What one thread works for: now, and in the stays of some length before. The runtime's events come a moment late and know a thread by its number only.
/// </summary>
/// <remarks>
/// Written by its own thread at every switch of context, so a change is a few stores and a look at the coarse clock. A stay shorter than
/// <see cref="ShortestKept"/> is forgotten at once: no wait worth telling fits into it.
/// </remarks>
internal sealed class ThreadSlot
{
    private const int ShortestKept = 5;
    private const int Kept = 16;

    [ThreadStatic]
    private static ThreadSlot? t_current;

    private static readonly ConcurrentDictionary<long, ThreadSlot> s_all = new();
    private static readonly Func<long>? s_osThreadId = ProveThreadIds();

    private readonly Thread _thread = Thread.CurrentThread;
    private readonly Stay[] _past = new Stay[Kept];
    private RequestScope? _scope;
    private Allowance? _allowed;
    private long _since;
    private int _version;
    private int _kept;

    /// <summary>Why threads cannot be told apart from outside; <see langword="null"/>: they can.</summary>
    public static string? Failure => s_osThreadId is null ? "this runtime does not tell the number of a thread" : null;

    /// <summary>The calling thread's.</summary>
    public static ThreadSlot Current => t_current ?? Create();

    public static IEnumerable<ThreadSlot> All => s_all.Select(s => s.Value);

    /// <summary>The operating system's number of the thread; that of the calling thread is 0 where it cannot be told.</summary>
    public long ThreadId { get; } = s_osThreadId?.Invoke() ?? 0;

    public bool IsPoolThread { get; } = Thread.CurrentThread.IsThreadPoolThread;

    public static long CurrentThreadId => s_osThreadId?.Invoke() ?? 0;

    public static ThreadSlot? Find(long threadId) => s_all.TryGetValue(threadId, out var slot) ? slot : null;

    /// <summary>Begins to note what threads work for; before, and without anybody who asks, a switch of context costs nothing.</summary>
    public static void Attach()
    {
        RequestScope.ThreadChanged += OnScope;
        Pitfall.AmbientChanged += OnAllowance;
    }

    public static void Detach()
    {
        RequestScope.ThreadChanged -= OnScope;
        Pitfall.AmbientChanged -= OnAllowance;
    }

    /// <summary>Forgets threads that have ended.</summary>
    public static void Prune()
    {
        foreach (var (id, slot) in s_all)
        {
            if (!slot._thread.IsAlive)
                s_all.TryRemove(new KeyValuePair<long, ThreadSlot>(id, slot));
        }
    }

    /// <summary>Lets go of all that a host's requests have left here: a pool's threads outlive hosts.</summary>
    public static void Forget(object host)
    {
        foreach (var slot in All)
        {
            // A thread that was left while nobody listened any more holds its last request until it gets another: that may be never.
            if (slot._scope is { } last && ReferenceEquals(last.Host, host))
                Interlocked.CompareExchange(ref slot._scope, null, last);
            lock (slot._past)
            {
                for (var i = 0; i < Kept; i++)
                {
                    if (ReferenceEquals(slot._past[i].Scope?.Host, host))
                        slot._past[i] = default;
                }
            }
        }
    }

    /// <summary>On the slot's own thread only.</summary>
    public void Serve(RequestScope? scope)
    {
        Leave(Environment.TickCount64);
        _scope = scope;
        Volatile.Write(ref _version, _version + 1);
    }

    /// <summary>On the slot's own thread only.</summary>
    public void Allow(Allowance? allowed)
    {
        Leave(Environment.TickCount64);
        _allowed = allowed;
        Volatile.Write(ref _version, _version + 1);
    }

    /// <summary>What the thread serves at this moment, and since when.</summary>
    public (RequestScope? Scope, long Since, int Version) Now()
    {
        while (true)
        {
            var version = Volatile.Read(ref _version);
            var (scope, since) = (_scope, _since);
            Interlocked.MemoryBarrier();
            if (version == Volatile.Read(ref _version))
                return (scope, since, version);
        }
    }

    /// <summary>What the thread served during the better part of a stretch of time, in milliseconds of <see cref="Environment.TickCount64"/>.</summary>
    public Stay? During(long from, long to)
    {
        var version = Volatile.Read(ref _version);
        var best = new Stay(_since, long.MaxValue, _scope, _allowed);
        Interlocked.MemoryBarrier();
        if (version != Volatile.Read(ref _version))
            best = default;

        lock (_past)
        {
            foreach (var stay in _past)
            {
                if (stay.Overlap(from, to) > best.Overlap(from, to))
                    best = stay;
            }
        }

        // Stays for nobody are not kept. One that only touches the stretch, by the clock's grain or because it came next, is not what the thread did in it.
        return (best.Overlap(from, to) > 0 && best.Overlap(from, to) * 2 >= to - from) || (best.From <= from && to <= best.To) ? best : null;
    }

    private static void OnScope(RequestScope? scope) => Current.Serve(scope);

    private static void OnAllowance(Allowance? allowed) => Current.Allow(allowed);

    private void Leave(long now)
    {
        if (now - _since >= ShortestKept && (_scope is not null || _allowed is not null))
            Keep(now);
        _since = now;
    }

    private void Keep(long now)
    {
        var stay = new Stay(_since, now, _scope, _allowed);
        lock (_past)
            _past[_kept++ % Kept] = stay;
    }

    private static ThreadSlot Create()
    {
        var slot = new ThreadSlot();
        t_current = slot;
        if (slot.ThreadId != 0)
            s_all[slot.ThreadId] = slot;
        return slot;
    }

    private static Func<long>? ProveThreadIds()
    {
        try
        {
            return CurrentOSThreadId(null) != 0 ? static () => (long)CurrentOSThreadId(null) : null;
        }
        catch (MissingMethodException)
        {
            return null;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "get_CurrentOSThreadId")]
    private static extern ulong CurrentOSThreadId(Thread? type);

    /// <summary>A stretch of time that a thread spent on one thing.</summary>
    internal readonly record struct Stay(long From, long To, RequestScope? Scope, Allowance? Allowed)
    {
        public long Overlap(long from, long to) => Math.Max(0, Math.Min(To, to) - Math.Max(From, from));
    }
}
