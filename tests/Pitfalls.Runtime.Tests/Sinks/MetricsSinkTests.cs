using Pitfalls.Runtime.Sinks;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Sinks;

public class MetricsSinkTests
{
    [Fact]
    public void Occurrences_are_counted_once_however_they_come()
    {
        var meter = Findings.Meter(out var measured, out var listener);
        using var _ = listener;
        var sink = new MetricsSink(meter);

        // A milestone, a snapshot that took several along, one that was overtaken, the same once more.
        foreach (var count in new[] { 1, 9, 4, 10, 10, 12 })
            sink.Write(Findings.Finding(count: count));
        sink.Write(Findings.Finding("other", count: 3));

        Assert.Equal(15, measured.Where(m => m.Instrument == "pitfall.finding.occurrences").Sum(m => m.Value));
        Assert.Equal(2, measured.Where(m => m.Instrument == "pitfall.finding.active").Sum(m => m.Value));
    }

    [Fact]
    public void The_tags_are_rule_and_severity_only()
    {
        var meter = Findings.Meter(out var measured, out var listener);
        using var _ = listener;

        new MetricsSink(meter).Write(Findings.Finding(severity: PitfallSeverity.Error));

        Assert.All(measured, m => Assert.Equal(new Dictionary<string, object?> { ["pitfall.rule.id"] = "PIT3001", ["pitfall.severity"] = "Error" }, m.Tags));
        Assert.Equal(2, measured.Count);
    }
}
