using System.Text.Json;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

using OpenTelemetry.Metrics;

using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Sinks;

namespace Pitfalls.Runtime.IntegrationTests.Harmlessness;

// OpenTelemetry takes every meter of a name in the process, also those of the hosts of tests that run beside.
/// <summary>Findings come out wherever the app has a way out, without a further call.</summary>
[Collection(nameof(Alone))]
public class ExportTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_app_with_open_telemetry_exports_the_meter(bool openTelemetryFirst)
    {
        var exported = new List<Metric>();
        void AddMetrics(IServiceCollection services) => services.AddOpenTelemetry().WithMetrics(m => m.AddInMemoryExporter(exported));
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/null", string[]? () => null),
            services =>
            {
                if (openTelemetryFirst)
                    AddMetrics(services);
                services.AddPitfallDetection();
                if (!openTelemetryFirst)
                    AddMetrics(services);
            },
            withPitfalls: false);

        for (var i = 0; i < 3; i++)
            await app.Client.GetAsync("/null");
        await app.FindingsAsync();
        app.Services.GetRequiredService<MeterProvider>().ForceFlush();

        var ours = exported.Where(m => m.MeterName == "Pitfalls.Runtime").ToDictionary(m => m.Name);
        Assert.Equal(3, Single(ours["pitfall.finding.occurrences"]).GetSumLong());
        Assert.Equal(1, Single(ours["pitfall.finding.active"]).GetSumLong());
        Assert.Equal("{occurrence}", ours["pitfall.finding.occurrences"].Unit);
        Assert.Equal("s", ours["pitfall.detector.duration"].Unit);
        Assert.Contains("pitfall.detector.enabled", ours.Keys);
        var tags = Tags(Single(ours["pitfall.finding.occurrences"]));
        Assert.Equal([new("pitfall.rule.id", "PIT3001"), new("pitfall.severity", "Warning")], tags.OrderBy(t => t.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Without_logging_providers_findings_reach_store_metrics_and_page()
    {
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/null", string[]? () => null), builder: web => web.Logging.ClearProviders());
        using var meter = new MeterRecorder(app.Services);

        await app.Client.GetAsync("/null");
        await app.ExpectAsync("PIT3001");
        await app.DrainAsync();

        Assert.Single(app.Services.GetRequiredService<FindingStore>().All());
        Assert.Equal(1, meter.Sum("pitfall.finding.occurrences", "PIT3001"));
        using var findings = JsonDocument.Parse(await app.Client.GetStringAsync("/_pitfalls/api/findings"));
        Assert.Equal("PIT3001", Assert.Single(findings.RootElement.EnumerateArray()).GetProperty("ruleId").GetString());
    }

    [Fact]
    public async Task A_container_without_logging_at_all_is_no_reason_to_fail()
    {
        var services = new ServiceCollection();
        services.AddPitfallDetection();

        await using var provider = services.BuildServiceProvider();

        Assert.NotEmpty(provider.GetServices<IPitfallSink>());
        Assert.Empty(provider.GetRequiredService<FindingStore>().All());
    }

    [Fact]
    public async Task Every_tag_of_every_instrument_is_of_the_contract()
    {
        await using var app = await TestApp.StartAsync(a => a.MapGet("/null", string[]? () => null));
        using var meter = new MeterRecorder(app.Services);

        await app.Client.GetAsync("/null");
        await app.FindingsAsync();
        meter.Observe("pitfall.detector.enabled");

        var tags = meter.All.GroupBy(m => m.Instrument).ToDictionary(g => g.Key, g => g.SelectMany(m => m.Tags.Keys).Distinct().Order(StringComparer.Ordinal).ToArray());
        Assert.Equal(["pitfall.rule.id", "pitfall.severity"], tags["pitfall.finding.occurrences"]);
        Assert.Equal(["pitfall.rule.id", "pitfall.severity"], tags["pitfall.finding.active"]);
        Assert.Equal(["pitfall.rule.id"], tags["pitfall.detector.duration"]);
        Assert.Equal(["pitfall.rule.id"], tags["pitfall.detector.enabled"]);
    }

    private static MetricPoint Single(Metric metric)
    {
        var points = new List<MetricPoint>();
        foreach (ref readonly var point in metric.GetMetricPoints())
            points.Add(point);
        return Assert.Single(points);
    }

    private static List<KeyValuePair<string, object?>> Tags(MetricPoint point)
    {
        var tags = new List<KeyValuePair<string, object?>>();
        foreach (var tag in point.Tags)
            tags.Add(tag);
        return tags;
    }
}
