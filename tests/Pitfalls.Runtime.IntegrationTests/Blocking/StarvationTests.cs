using System.Diagnostics;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Sinks;

namespace Pitfalls.Runtime.IntegrationTests.Blocking;

/// <summary>A pool that starves has a name and a line; one that is merely busy, or waits without its threads, has none.</summary>
[Collection(AloneInTheProcess.Name)]
public class StarvationTests
{
    private const int Requests = 100;

    // The host under test is seconds old: that is what a pool that warms up looks like too.
    private static readonly Dictionary<string, string?> s_fromTheStart = new() { ["Pitfalls:Rules:PIT1002:StartUp"] = "0" };

    [Fact]
    public async Task Flags_a_pool_that_waits_for_tasks()
    {
        using var gate = new Gate();
        await using var app = await StartAsync(a => a.MapGet("/report", () => WaitForTheReport(gate)));

        var finding = await StarveAsync(app, "/report", gate);

        Assert.Equal("Pitfalls.Runtime.IntegrationTests.Blocking.StarvationTests.WaitForTheReport", finding.Location!.Function);
        Assert.Equal("StarvationTests.cs", finding.Location.File);
        Assert.Equal(gate.Line, finding.Location.Line);
        Assert.Equal("Task.Wait", finding.Evidence["primitive"]);
        Assert.Equal("GET /report", Assert.Single(finding.Routes));
        Assert.True((long)finding.Evidence["queueDelayMilliseconds"] >= 500);
        Assert.True((int)finding.Evidence["blockedHere"] > 1);
    }

    [Fact]
    public async Task Flags_a_pool_that_sleeps()
    {
        using var gate = new Gate();
        await using var app = await StartAsync(a => a.MapGet("/nap", () => SleepUntilOpen(gate)));

        var finding = await StarveAsync(app, "/nap", gate);

        Assert.Equal("Pitfalls.Runtime.IntegrationTests.Blocking.StarvationTests.SleepUntilOpen", finding.Location!.Function);
        Assert.Equal(gate.Line, finding.Location.Line);
        Assert.Equal("Thread.Sleep", finding.Evidence["primitive"]);
    }

    [Fact]
    public async Task StaysSilent_about_a_busy_processor()
    {
        await using var app = await StartAsync(a => a.MapGet("/sum", () => Spin(TimeSpan.FromMilliseconds(100))));

        await AskAsync(app, "/sum", Requests);

        await app.CatchUpAsync();
        await app.AssertSilentAsync("PIT1002");
    }

    [Fact]
    public async Task StaysSilent_about_a_busy_processor_beside_one_thread_that_waits()
    {
        // Threads that compute must not count as threads that stand still, and make the one that does their culprit.
        using var gate = new Gate();
        await using var app = await StartAsync(a => a.MapGet("/sum", () => SpinOrSleep(TimeSpan.FromMilliseconds(100), sleeps: false)));
        var waiting = Task.Run(() => WaitForTheReport(gate));

        await AskAsync(app, "/sum", Requests);

        gate.Open();
        await waiting;
        await app.CatchUpAsync();
        await app.AssertSilentAsync("PIT1002");
    }

    [Fact]
    public async Task StaysSilent_about_slow_requests_that_wait_without_a_thread()
    {
        await using var app = await StartAsync(a => a.MapGet("/slow", async () => await Task.Delay(2000)));

        await AskAsync(app, "/slow", Requests);

        await app.CatchUpAsync();
        await app.AssertSilentAsync("PIT1001", "PIT1002");
    }

    [Fact]
    public async Task StaysSilent_while_the_host_warms_up()
    {
        using var gate = new Gate();
        await using var app = await TestApp.StartAsync(a => a.MapGet("/report", () => WaitForTheReport(gate)));
        await app.WatchesAsync();
        // Two looks at a starved pool are half a second apart; the probe's own figure says when they were taken.
        var starved = new CountdownEvent(4);
        using var listener = QueueDelays(app, delay =>
        {
            if (delay >= 0.5 && starved.CurrentCount > 0)
                starved.Signal();
        });
        var opener = new Thread(() =>
        {
            starved.Wait(TimeSpan.FromSeconds(8));
            gate.Open();
        });
        opener.Start();

        await AskAsync(app, "/report", Requests);

        opener.Join();
        await app.CatchUpAsync();
        Assert.True(starved.IsSet, "the pool was not starved");
        await app.AssertSilentAsync("PIT1002");
    }

    [Fact]
    public async Task The_queue_delay_is_a_metric()
    {
        await using var app = await StartAsync();
        using var measured = new CountdownEvent(2);
        using var listener = QueueDelays(app, delay =>
        {
            Assert.InRange(delay, 0, 60);
            if (measured.CurrentCount > 0)
                measured.Signal();
        });

        Assert.True(await Task.Run(() => measured.Wait(TimeSpan.FromSeconds(30))));
    }

    private static System.Diagnostics.Metrics.MeterListener QueueDelays(TestApp app, Action<double> measured)
    {
        var meter = app.Services.GetRequiredService<Diagnostics.PitfallMeter>().Meter;
        var listener = new System.Diagnostics.Metrics.MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (ReferenceEquals(instrument.Meter, meter) && instrument.Name == "pitfall.threadpool.queue.delay")
                    l.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => measured(value));
        listener.Start();
        return listener;
    }

    private static async Task<TestApp> StartAsync(Action<WebApplication>? map = null)
    {
        var app = await TestApp.StartAsync(map, settings: s_fromTheStart);
        await app.WatchesAsync();
        return app;
    }

    /// <summary>Blocks a hundred requests until the finding is there. The pool is starved, so it is a sink's thread that lets them go.</summary>
    private static async Task<Finding> StarveAsync(TestApp app, string path, Gate gate)
    {
        var store = app.Services.GetRequiredService<FindingStore>();
        Finding? found = null;
        store.Written += finding =>
        {
            if (finding.RuleId == "PIT1002" && Interlocked.CompareExchange(ref found, finding, null) is null)
                gate.Open();
        };
        using var patience = new Timer(_ => gate.Open(), null, TimeSpan.FromSeconds(45), Timeout.InfiniteTimeSpan);
        await AskAsync(app, path, Requests);
        Assert.True(found is not null, "Found: " + string.Join(" | ", store.All().Select(f => $"{f.RuleId} {f.Location}: {f.Message}")));
        return found;
    }

    private static Task<string[]> AskAsync(TestApp app, string path, int times) => Task.WhenAll(Enumerable.Range(0, times).Select(_ => app.Client.GetStringAsync(path)));

    private static void WaitForTheReport(Gate gate)
    {
        gate.Here(); gate.Opened.Wait();
    }

    private static void SleepUntilOpen(Gate gate)
    {
        while (!gate.Opened.IsCompleted)
        {
            gate.Here(); Thread.Sleep(100);
        }
    }

    private static long SpinOrSleep(TimeSpan time, bool sleeps)
    {
        var turns = 0L;
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < time;)
            turns++;
        if (sleeps)
            Thread.Sleep(time);
        return turns;
    }

    private static long Spin(TimeSpan time)
    {
        var turns = 0L;
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < time;)
            turns++;
        return turns;
    }

    private sealed class Gate : IDisposable
    {
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Opened => _opened.Task;

        public int Line { get; private set; }

        public void Here([System.Runtime.CompilerServices.CallerLineNumber] int line = 0) => Line = line;

        public void Open() => _opened.TrySetResult();

        public void Dispose() => Open();
    }
}
