using System.Diagnostics;
using System.Globalization;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Signals.Blocking;
using Pitfalls.Runtime.Sinks;

namespace Pitfalls.Runtime.Benchmarks.Server;

/// <summary>The endpoints that block, and what the server tells of them. They are no part of the request tables.</summary>
internal static class BlockingEndpoints
{
    private static readonly Lock s_lock = new();

    /// <summary>One request that blocks: how long until it is told of?</summary>
    public static BenchEndpoint Block { get; } = new("block", "waits for a task", 1, app => app.MapGet("/block", (BlockingClock clock) =>
    {
        clock.Begin();
        Task.Delay(200).Wait();
        return "blocked";
    }));

    /// <summary>Many that block at once: the pool starves.</summary>
    public static BenchEndpoint Starve { get; } = new("starve", "waits for a task for a second", 1, app => app.MapGet("/starve", (BlockingClock clock) =>
    {
        clock.Begin();
        Task.Delay(1000).Wait();
        return "starved";
    }));

    /// <summary>For the soak: every way at once, each for a moment.</summary>
    public static IReadOnlyList<BenchEndpoint> Mixed { get; } =
    [
        new("result", "", 1, app => app.MapGet("/result", () => Task.Delay(15).ContinueWith(_ => "result", TaskScheduler.Default).Result)),
        new("sleep", "", 1, app => app.MapGet("/sleep", () =>
        {
            Thread.Sleep(120);
            return "slept";
        })),
        new("lock", "", 1, app => app.MapGet("/lock", () =>
        {
            lock (s_lock)
                Thread.Sleep(10);
            return "locked";
        })),
        new("lambda", "", 1, app => app.MapGet("/lambda", async () =>
        {
            await Task.Yield();
            using var semaphore = new SemaphoreSlim(0);
            semaphore.Wait(15);
            return "waited";
        })),
    ];

    public static IEnumerable<BenchEndpoint> All => [Block, Starve, .. Mixed];
}

/// <summary>From the first blocking request to the findings about it, on the server's own clock.</summary>
internal sealed class BlockingClock : IPitfallSink
{
    private long _begun;
    private long _blocked;
    private long _starved;

    public void Begin() => Interlocked.CompareExchange(ref _begun, Stopwatch.GetTimestamp(), 0);

    public void Write(Finding finding)
    {
        if (finding.RuleId == "PIT1001")
            Interlocked.CompareExchange(ref _blocked, Stopwatch.GetTimestamp(), 0);
        else if (finding.RuleId == "PIT1002")
            Interlocked.CompareExchange(ref _starved, Stopwatch.GetTimestamp(), 0);
    }

    public BlockingFigures Figures(Channels? channels)
    {
        var works = channels?.All.Any(c => c.Name == WaitSession.Waits && c.Works) == true;
        return new BlockingFigures(works, Since(_blocked), Since(_starved));
    }

    private double Since(long at) => at == 0 ? -1 : Stopwatch.GetElapsedTime(_begun, at).TotalMilliseconds;
}

/// <summary>Milliseconds from the first request that blocked; −1: not (yet).</summary>
internal readonly record struct BlockingFigures(bool IsWatching, double Blocked, double Starved)
{
    public static BlockingFigures Parse(string line)
    {
        var n = Array.ConvertAll(line.Split(' '), s => double.Parse(s, CultureInfo.InvariantCulture));
        return new(n[0] != 0, n[1], n[2]);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(IsWatching ? 1 : 0)} {Blocked:0.0} {Starved:0.0}");
}

/// <summary>What one look at all threads costs.</summary>
internal readonly record struct BurstFigures(double Milliseconds, double CpuMilliseconds)
{
    public static BurstFigures OfOne()
    {
        var (cpu, clock) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        ThreadSampleBurst.Take(new StackBook());
        return new(Stopwatch.GetElapsedTime(clock).TotalMilliseconds, (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds);
    }

    public static BurstFigures Parse(string line)
    {
        var n = Array.ConvertAll(line.Split(' '), s => double.Parse(s, CultureInfo.InvariantCulture));
        return new(n[0], n[1]);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Milliseconds:0.00} {CpuMilliseconds:0.00}");
}

/// <summary>What must not grow.</summary>
internal readonly record struct SoakSample(long WorkingSet, long Heap, int Threads, int OurThreads, long Waits, long Dropped, int Findings)
{
    public static SoakSample OfThisProcess(IServiceProvider services) => new(
        Environment.WorkingSet,
        GC.GetTotalMemory(forceFullCollection: false),
        Process.GetCurrentProcess().Threads.Count,
        OwnThreads(),
        services.GetService<BlockingSignal>()?.Waits ?? 0,
        services.GetService<Drops>()?.Total ?? 0,
        services.GetService<FindingStore>()?.Count ?? 0);

    public static SoakSample Parse(string line)
    {
        var n = Array.ConvertAll(line.Split(' '), s => long.Parse(s, CultureInfo.InvariantCulture));
        return new(n[0], n[1], (int)n[2], (int)n[3], n[4], n[5], (int)n[6]);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{WorkingSet} {Heap} {Threads} {OurThreads} {Waits} {Dropped} {Findings}");

    private static int OwnThreads()
    {
        if (!OperatingSystem.IsLinux())
            return 0;
        var own = 0;
        foreach (var task in Directory.GetDirectories("/proc/self/task"))
        {
            try
            {
                own += File.ReadAllText(Path.Combine(task, "comm")).StartsWith("Pitfalls ", StringComparison.Ordinal) ? 1 : 0;
            }
            catch (IOException)
            {
                // It ended in between.
            }
        }

        return own;
    }
}
