using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

using OpenTelemetry.Metrics;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Sinks;

[Collection(nameof(Harmlessness.Alone))]
public sealed class OpenTelemetryExportTests
{
    [Fact]
    public async Task Exports_findings_with_an_app_s_own_metrics_and_no_further_call()
    {
        var exported = new List<Metric>();
        await using var app = await TestApp.StartAsync(
            web => web.MapGet("/nothing", () => (Thing?)null),
            services => services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddInMemoryExporter(exported)));

        await app.Client.GetAsync("/nothing");
        await app.ExpectAsync("PIT3001");
        await app.DrainAsync();
        app.Services.GetRequiredService<MeterProvider>().ForceFlush();

        // OpenTelemetry takes a meter by its name, wherever in the process it is: hosts of other tests may be among them.
        Assert.Contains(exported, m => m is { MeterName: "Pitfalls.Runtime", Name: "pitfall.finding.occurrences" } && Counts(m, "PIT3001"));
    }

    private static bool Counts(Metric metric, string ruleId)
    {
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            foreach (var tag in point.Tags)
            {
                if (tag is { Key: "pitfall.rule.id", Value: string id } && id == ruleId && point.GetSumLong() >= 1)
                    return true;
            }
        }

        return false;
    }

    private sealed record Thing(int Id);
}
