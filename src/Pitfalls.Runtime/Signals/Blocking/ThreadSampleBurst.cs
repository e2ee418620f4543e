using Pitfalls.Runtime.Signals.Blocking.EventPipe;

namespace Pitfalls.Runtime.Signals.Blocking;

/// <summary>Looks at the stacks of all managed threads for some milliseconds: for what blocks without an event, such as <c>Thread.Sleep</c> and system calls.</summary>
/// <remarks>The runtime stops its threads for each look, once a millisecond: only when something cheap has asked for it, and rarely.</remarks>
internal sealed class ThreadSampleBurst(StackBook stacks) : INettraceSink
{
    private const string Profiler = "Microsoft-DotNETCore-SampleProfiler";
    private const int Sample = 1;
    private const int MaxThreads = 16 * 1024;
    private const int FewestSamples = 3;

    private static readonly TimeSpan s_length = TimeSpan.FromMilliseconds(15);
    private static readonly EventPipeProvider s_provider = new(Profiler, 0, 5, 0);

    private readonly Dictionary<long, Seen> _threads = [];

    /// <summary>The threads that stood still, with their stacks.</summary>
    /// <exception cref="DiagnosticsPortException">The runtime refused.</exception>
    public static IReadOnlyList<SampledThread> Take(StackBook stacks)
    {
        var burst = new ThreadSampleBurst(stacks);
        using var session = EventPipeSession.Open(s_provider);
        // The runtime ends a session only once somebody has read what it had to say.
        var reader = new Thread(() => burst.Read(session)) { IsBackground = true, Name = "Pitfalls thread samples" };
        reader.UnsafeStart();
        Thread.Sleep(s_length);
        session.RequestStop();
        if (!reader.Join(TimeSpan.FromSeconds(5)))
            return [];
        return [.. burst._threads.Where(t => t.Value is { IsStill: true, Count: >= FewestSamples })
            .Select(t => new SampledThread(t.Key, t.Value.First, t.Value.Last, t.Value.Stack))];
    }

    public void OnStream(long ticksPerSecond, int processId, int pointerBytes)
    {
        if (processId != Environment.ProcessId || pointerBytes != 8)
            throw new InvalidDataException("the samples are not of this process");
    }

    public int KindOf(string provider, int eventId) => provider == Profiler && eventId == 0 ? Sample : 0;

    public void OnEvent(in NettraceEvent happened)
    {
        if (happened.Stack.IsEmpty)
            return;
        var stack = stacks.Find(happened.Stack);
        if (!_threads.TryGetValue(happened.ThreadId, out var seen))
        {
            if (_threads.Count < MaxThreads)
                _threads[happened.ThreadId] = new Seen(stack, happened.Timestamp);
            return;
        }

        seen.Count++;
        seen.Last = happened.Timestamp;
        seen.IsStill &= ReferenceEquals(seen.Stack, stack);
    }

    public void OnLost(long count)
    {
    }

    public void OnBlockEnd()
    {
    }

    private void Read(EventPipeSession session)
    {
        try
        {
            new NettraceReader(session.Stream, this).Run();
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or ObjectDisposedException)
        {
            // A burst cut short has seen what it has seen.
        }
    }

    private sealed class Seen(CallStack stack, long first)
    {
        public CallStack Stack { get; } = stack;

        public long First { get; } = first;

        public long Last { get; set; } = first;

        public int Count { get; set; } = 1;

        public bool IsStill { get; set; } = true;
    }
}

/// <summary>A thread that did not move between two times.</summary>
internal readonly record struct SampledThread(long ThreadId, long First, long Last, CallStack Stack);
