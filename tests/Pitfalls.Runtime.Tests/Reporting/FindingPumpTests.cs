using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Reporting;

public class FindingPumpTests
{
    [Fact]
    public async Task A_sink_that_throws_stops_neither_the_others_nor_the_pump_and_is_told_once()
    {
        var loggers = new RecordingLoggers();
        var (before, after) = (new Collecting(), new Collecting());
        using var pump = Pump(loggers, before, new Throwing(), after);

        for (var i = 1; i <= 5; i++)
            Assert.True(pump.TrySend(new QueuedFinding(Findings.Finding(count: i), null)));
        await pump.DrainAsync();

        Assert.Equal([1L, 2, 3, 4, 5], before.Written.Select(f => f.Count));
        Assert.Equal([1L, 2, 3, 4, 5], after.Written.Select(f => f.Count));
        var record = Assert.Single(loggers.Records);
        Assert.Equal(("Pitfalls.Runtime", LogLevel.Warning, "pitfall.sink.faulted"), (record.Category, record.Level, record.Id.Name));
        Assert.Contains(nameof(Throwing), record.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", record.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_finding_that_waits_is_taken_as_it_is_when_its_turn_comes()
    {
        using var hold = new ManualResetEventSlim();
        var sink = new Collecting(hold);
        using var pump = Pump(new RecordingLoggers(), sink);
        var window = new ReportWindow(10, TimeProvider.System, pump.TrySend, _ => { });

        // The first is at the sink and held there; the other eight sightings are one snapshot by the time it is let go.
        for (var i = 0; i < 9; i++)
            window.Add(Findings.Rule, PitfallSeverity.Warning, Findings.Seen());
        hold.Set();
        await pump.DrainAsync();

        Assert.Equal([1L, 9], sink.Written.Select(f => f.Count));
    }

    [Fact]
    public async Task A_full_queue_drops_and_counts()
    {
        using var hold = new ManualResetEventSlim();
        var drops = new Drops(Findings.Meter(out _, out var listener));
        using (listener)
        using (var pump = new FindingPump([new Collecting(hold)], new RecordingLoggers(), drops))
        {
            // One may be with the sink already, the others wait.
            var sent = Enumerable.Range(0, FindingPump.Capacity + 100).Count(_ => pump.TrySend(new QueuedFinding(Findings.Finding(), null)));

            Assert.InRange(sent, FindingPump.Capacity, FindingPump.Capacity + 1);
            var (station, reason, count) = Assert.Single(drops.All);
            Assert.Equal(("findings", "queue_full", FindingPump.Capacity + 100L - sent), (station, reason, count));
            hold.Set();
            await pump.DrainAsync();
        }
    }

    private static FindingPump Pump(RecordingLoggers loggers, params IPitfallSink[] sinks)
    {
        var meter = Findings.Meter(out _, out var listener);
        listener.Dispose();
        return new FindingPump(sinks, loggers, new Drops(meter));
    }

    private sealed class Collecting(ManualResetEventSlim? hold = null) : IPitfallSink
    {
        public List<Finding> Written { get; } = [];

        public void Write(Finding finding)
        {
            hold?.Wait();
            Written.Add(finding);
        }
    }

    private sealed class Throwing : IPitfallSink
    {
        public void Write(Finding finding) => throw new InvalidOperationException("secret");
    }
}
