using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Blocking;

/// <summary>A rule that looks at threads which waited.</summary>
internal interface IWaitRule
{
    /// <summary>What is shorter is not worth showing to it.</summary>
    TimeSpan ShortestWait(IPitfallReporter reporter);

    void Observe(BlockedWait wait, IPitfallReporter reporter);
}

/// <summary>A rule that looks at the pool while work items wait for its threads.</summary>
internal interface IPoolRule
{
    void Observe(PoolSample sample, IPitfallReporter reporter);
}

/// <summary>A thread that waited, in plain values.</summary>
internal sealed record BlockedWait
{
    /// <summary>Where in the user's code; <see cref="BlockedPlace.Nowhere"/> when it was not their doing.</summary>
    public required BlockedPlace Place { get; init; }

    /// <summary>For how long, so far.</summary>
    public required TimeSpan Duration { get; init; }

    public required ThreadKind Thread { get; init; }

    /// <summary>It goes on.</summary>
    public bool IsRunning { get; init; }

    /// <summary>It was shown before, while it ran: this is its end.</summary>
    public bool IsContinuation { get; init; }

    /// <summary>Seen in samples: the request held the thread for that long and did not move when looked at.</summary>
    public bool IsSampled { get; init; }

    /// <summary><c>GET /orders/{id}</c>; <see langword="null"/> outside of requests.</summary>
    public string? Route { get; init; }

    public string? TraceId { get; init; }

    /// <summary>What attributes and endpoint metadata allow there.</summary>
    public Allowance? Declared { get; init; }

    public Allowance? Ambient { get; init; }
}

/// <summary>The pool at one moment, in plain values.</summary>
internal sealed record PoolSample
{
    /// <summary>How long the host has been serving.</summary>
    public required TimeSpan SinceStart { get; init; }

    /// <summary>How long a work item waited for a thread.</summary>
    public required TimeSpan QueueDelay { get; init; }

    /// <summary>What of that a thread outside of the pool has waited for a processor, too.</summary>
    public TimeSpan Late { get; init; }

    /// <summary>The delays of the looks before and of this one, oldest first.</summary>
    public IReadOnlyList<TimeSpan> Delays { get; init; } = [];

    public required int Threads { get; init; }

    public required long Queued { get; init; }

    /// <summary>How busy the process kept the processors, 0 to 1.</summary>
    public required double CpuShare { get; init; }

    /// <summary>How many threads the pool had when work items began to wait.</summary>
    public int ThreadsBefore { get; init; }

    /// <summary>How often the pool has grown because it found itself starved, since then.</summary>
    public int GrownByStarvation { get; init; }

    /// <summary>How often it has grown because its threads waited for tasks, since then.</summary>
    public int GrownByBlocking { get; init; }

    /// <summary>The watch itself did not get to run: a debugger, a suspended machine.</summary>
    public bool WasHeldUp { get; init; }

    /// <summary>The pool threads that stand still, those of one place together, most first.</summary>
    public IReadOnlyList<BlockedGroup> Groups { get; init; } = [];

    /// <summary>How many pool threads stand still, in whosever code.</summary>
    public required int Blocked { get; init; }
}

/// <summary>Pool threads that stand still in one place.</summary>
internal sealed record BlockedGroup(BlockedPlace Place, int Threads, IReadOnlyList<string> Routes, Allowance? Declared);
