using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Diagnostics;

public class DetectorGuardTests
{
    [Fact]
    public void The_third_fault_switches_a_detector_off_and_says_so_once()
    {
        var loggers = new RecordingLoggers();
        var guard = new DetectorGuard(loggers);

        guard.Fault("PIT3001", new InvalidOperationException("secret"));
        guard.Fault("PIT3001", new InvalidOperationException("secret"));
        Assert.False(guard.IsOff("PIT3001"));
        guard.Fault("PIT3001", new FormatException("secret"));
        Assert.True(guard.IsOff("PIT3001"));
        guard.Fault("PIT3001", new FormatException("secret"));

        Assert.Equal((4, typeof(FormatException).FullName), guard.FaultsOf("PIT3001"));
        var record = Assert.Single(loggers.Records);
        Assert.Equal((LogLevel.Warning, "pitfall.detector.disabled"), (record.Level, record.Id.Name));
        Assert.DoesNotContain("secret", record.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Faults_of_one_are_not_faults_of_another()
    {
        var guard = new DetectorGuard(new RecordingLoggers());

        for (var i = 0; i < 5; i++)
            guard.Fault("PIT3001", new InvalidOperationException());
        guard.Fault("PIT3002", new InvalidOperationException());

        Assert.False(guard.IsOff("PIT3002"));
        Assert.False(guard.IsOff("PIT3003"));
        Assert.Equal([("PIT3001", 5), ("PIT3002", 1)], guard.All.Select(f => (f.Detector, f.Count)).Order());
    }

    [Fact]
    public async Task Faults_on_many_threads_are_all_counted_and_told_once()
    {
        var loggers = new RecordingLoggers();
        var guard = new DetectorGuard(loggers);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 100; i++)
                guard.Fault("PIT3001", new InvalidOperationException());
        })));

        Assert.Equal(800, guard.FaultsOf("PIT3001").Count);
        Assert.Single(loggers.Records);
    }
}
