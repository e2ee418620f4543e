namespace Pitfalls.Runtime.Signals.Blocking;

/// <summary>Makes waits of starts and stops: by thread, the outermost of nested ones. Bounded; what does not add up is forgotten.</summary>
/// <remarks>Fed by the thread that reads the events, asked by the one that watches the pool.</remarks>
internal sealed class WaitPairing
{
    private const int MaxThreads = 16 * 1024;
    private const int MaxDepth = 8;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Open> _open = [];

    public void Start(long thread, long timestamp, CallStack stack)
    {
        lock (_lock)
        {
            // A contended lock waits on a handle inside: one wait for whoever called. A wait that an exception has ended tells no stop.
            if (_open.TryGetValue(thread, out var open) && open.Depth < MaxDepth && stack.IsInside(open.Wait.Stack))
            {
                open.Depth++;
                return;
            }

            if (open is null && _open.Count >= MaxThreads)
                _open.Clear();
            _open[thread] = new Open(new OpenWait(thread, timestamp, stack));
        }
    }

    /// <summary>The wait that has ended with this stop, if one has.</summary>
    public FinishedWait? Stop(long thread, long timestamp)
    {
        lock (_lock)
        {
            if (!_open.TryGetValue(thread, out var open) || --open.Depth > 0)
                return null;
            _open.Remove(thread);
            return new FinishedWait(open.Wait, timestamp, open.WasTold);
        }
    }

    /// <summary>Events were lost: a stop may be among them.</summary>
    public void Forget()
    {
        lock (_lock)
            _open.Clear();
    }

    /// <summary>The waits under way.</summary>
    public IReadOnlyList<OpenWait> Snapshot()
    {
        lock (_lock)
            return [.. _open.Values.Select(o => o.Wait)];
    }

    /// <summary>The waits that began before a time and have not been told of yet; from now on they have.</summary>
    public IReadOnlyList<OpenWait> TakeLong(long startedBefore)
    {
        lock (_lock)
        {
            List<OpenWait>? found = null;
            foreach (var open in _open.Values)
            {
                if (open.WasTold || open.Wait.Start > startedBefore)
                    continue;
                open.WasTold = true;
                (found ??= []).Add(open.Wait);
            }

            return found ?? [];
        }
    }

    public bool IsWaiting(long thread)
    {
        lock (_lock)
            return _open.ContainsKey(thread);
    }

    private sealed class Open(OpenWait wait)
    {
        public OpenWait Wait { get; } = wait;

        public int Depth { get; set; } = 1;

        public bool WasTold { get; set; }
    }
}

/// <summary>A thread that waits. Times are those of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
internal sealed record OpenWait(long ThreadId, long Start, CallStack Stack);

/// <summary>A wait that is over.</summary>
/// <param name="Wait">What it was.</param>
/// <param name="End">When it ended.</param>
/// <param name="WasTold">Whether it was told of while it ran.</param>
internal readonly record struct FinishedWait(OpenWait Wait, long End, bool WasTold);
