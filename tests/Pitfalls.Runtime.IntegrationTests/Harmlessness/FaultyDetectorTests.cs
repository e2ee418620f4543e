using System.Text.Json;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Rules;
using Pitfalls.Runtime.Rules.Responses;
using Pitfalls.Runtime.Signals;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.IntegrationTests.Harmlessness;

/// <summary>A detector that faults three times is off and says so everywhere; the others go on.</summary>
public class FaultyDetectorTests
{
    [Fact]
    public async Task The_third_fault_switches_a_rule_off_and_only_that_rule()
    {
        var faulty = new FaultyRule();
        var log = new LogRecorder();
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.MapGet("/null", string[]? () => null);
                a.MapGet("/leak", () => Results.Text("   at Shop.Orders.Get(Int32 id) in /src/Orders.cs:line 7\n", statusCode: 500));
            },
            services => services.AddSingleton(_ => new RuleSet(
                RuleCatalog.Entries.Select(e => (e.Rule, e.Rule == NullBody.Rule ? faulty : e.Create())))),
            builder: web => web.Logging.AddProvider(log));
        using var meter = new MeterRecorder(app.Services);

        for (var i = 0; i < 2; i++)
            Assert.Equal("null", await app.Client.GetStringAsync("/null"));
        await app.DrainAsync();
        Assert.Equal(1, Assert.Single(meter.Observe("pitfall.detector.enabled"), m => Equals(m.Tags["pitfall.rule.id"], "PIT3001")).Value);
        Assert.DoesNotContain(log.Records, r => r.EventId.Name == "pitfall.detector.disabled");

        for (var i = 0; i < 8; i++)
            Assert.Equal("null", await app.Client.GetStringAsync("/null"));
        await app.Client.GetAsync("/leak");
        await app.DrainAsync();

        Assert.Equal(3, faulty.Woken);
        await app.ExpectAsync("PIT3007");

        var record = Assert.Single(log.Records, r => r.EventId.Name == "pitfall.detector.disabled");
        Assert.Equal(("Pitfalls.Runtime", LogLevel.Warning), (record.Category, record.Level));
        Assert.Contains("PIT3001", record.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(FaultyRule.Text, record.Text, StringComparison.Ordinal);

        var enabled = meter.Observe("pitfall.detector.enabled").ToDictionary(m => (string)m.Tags["pitfall.rule.id"]!, m => m.Value);
        Assert.Equal(0, enabled["PIT3001"]);
        Assert.Equal(1, enabled["PIT3007"]);

        using var status = JsonDocument.Parse(await app.Client.GetStringAsync("/_pitfalls/api/status"));
        var detector = status.RootElement.GetProperty("detectors").EnumerateArray().Single(d => d.GetProperty("ruleId").GetString() == "PIT3001");
        Assert.False(detector.GetProperty("enabled").GetBoolean());
        Assert.Equal(3, detector.GetProperty("faults").GetInt32());
        Assert.Contains(nameof(NotSupportedException), detector.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.True(status.RootElement.GetProperty("detectors").EnumerateArray().Single(d => d.GetProperty("ruleId").GetString() == "PIT3007").GetProperty("enabled").GetBoolean());
    }

    [Fact]
    public async Task The_observer_itself_goes_off_too_and_the_app_goes_on()
    {
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/null", string[]? () => null).WithMetadata(new OddMetadata()));

        for (var i = 0; i < 10; i++)
            Assert.Equal("null", await app.Client.GetStringAsync("/null"));
        await app.DrainAsync();

        using var status = JsonDocument.Parse(await app.Client.GetStringAsync("/_pitfalls/api/status"));
        var fault = Assert.Single(status.RootElement.GetProperty("faults").EnumerateArray());
        Assert.Equal("responses", fault.GetProperty("detector").GetString());
        Assert.InRange(fault.GetProperty("count").GetInt32(), 3, 10);
    }

    private sealed class FaultyRule : IResponseRule
    {
        public const string Text = "the text of an exception may hold a secret";

        private int _woken;

        public int Woken => _woken;

        public void Observe(ObservedResponse response, IPitfallReporter reporter)
        {
            // Other endpoints' responses are shown to it as well.
            if (response.Route != "GET /null")
                return;
            Interlocked.Increment(ref _woken);
            throw new NotSupportedException(Text);
        }
    }

    private sealed class OddMetadata : Microsoft.AspNetCore.Http.Metadata.IProducesResponseTypeMetadata
    {
        public Type? Type => throw new NotSupportedException();

        public int StatusCode => throw new NotSupportedException();

        public IEnumerable<string> ContentTypes => throw new NotSupportedException();
    }
}
