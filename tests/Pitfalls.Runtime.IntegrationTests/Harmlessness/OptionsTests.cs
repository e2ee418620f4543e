using System.Text.Json;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.IntegrationTests.Harmlessness;

/// <summary>Wrong options fail the start and nothing else.</summary>
public class OptionsTests
{
    [Theory]
    [InlineData("Pitfalls:Profile", "Fast", "Off, Development, Production")]
    [InlineData("Pitfalls:Profile", "1", "Off, Development, Production")]
    [InlineData("Pitfalls:MaxFindings", "0", "1…100000")]
    [InlineData("Pitfalls:MaxFindings", "many", "1…100000")]
    [InlineData("Pitfalls:Dashboard:Path", "pitfalls", "starts with '/'")]
    [InlineData("Pitfalls:Rules:PIT3001:Enabled", "maybe", "true or false")]
    [InlineData("Pitfalls:Rules:PIT3001:Severity", "Fatal", "Info, Warning, Error")]
    [InlineData("Pitfalls:Allow:0:Reason", "", "a reason")]
    public async Task An_invalid_value_fails_the_start_with_key_value_and_what_is_allowed(string key, string value, string allowed)
    {
        Dictionary<string, string?> settings = new() { ["Pitfalls:Allow:0:Rule"] = "PIT3001", ["Pitfalls:Allow:0:Reason"] = "known", [key] = value };

        var exception = await Assert.ThrowsAnyAsync<OptionsValidationException>(() => TestApp.StartAsync(settings: settings));

        Assert.Contains(key, exception.Message, StringComparison.Ordinal);
        Assert.Contains($"'{value}'", exception.Message, StringComparison.Ordinal);
        Assert.Contains(allowed, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_that_is_wrong_is_told_in_one_go()
    {
        var exception = await Assert.ThrowsAnyAsync<OptionsValidationException>(() => TestApp.StartAsync(
            settings: [new("Pitfalls:MaxFindings", "0"), new("Pitfalls:Profile", "Fast"), new("Pitfalls:Dashboard:Path", "/")]));

        Assert.Equal(3, exception.Failures.Count());
    }

    [Fact]
    public async Task An_invalid_reload_keeps_the_last_good_options_and_says_so()
    {
        var log = new LogRecorder();
        var source = new Reloadable(new() { ["Pitfalls:Rules:PIT3001:Enabled"] = "false" });
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/null", string[]? () => null),
            builder: web =>
            {
                ((IConfigurationBuilder)web.Configuration).Add(source);
                web.Logging.AddProvider(log);
            });

        // It must not throw into whoever reloads, which is the app.
        source.Reload(new() { ["Pitfalls:Rules:PIT3001:Enabled"] = "true", ["Pitfalls:MaxFindings"] = "-5" });
        await app.Client.GetAsync("/null");

        Assert.Empty(await app.FindingsAsync());
        var record = Assert.Single(log.Records, r => r.EventId.Name == "pitfall.options.rejected");
        Assert.Contains("Pitfalls:MaxFindings is '-5'", record.Text, StringComparison.Ordinal);
        Assert.Contains(await NotesAsync(app), note => note.Contains("Pitfalls:MaxFindings is '-5'", StringComparison.Ordinal));

        source.Reload(new() { ["Pitfalls:Rules:PIT3001:Enabled"] = "true", ["Pitfalls:Rules:PIT3001:Severity"] = "Info" });
        await app.Client.GetAsync("/null");

        Assert.Equal(PitfallSeverity.Info, (await app.ExpectAsync("PIT3001")).Severity);
        Assert.DoesNotContain(await NotesAsync(app), note => note.Contains("MaxFindings", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Switched_off_while_it_runs_nothing_is_looked_at()
    {
        var source = new Reloadable([]);
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/null", string[]? () => null), builder: web => ((IConfigurationBuilder)web.Configuration).Add(source));

        source.Reload(new() { ["Pitfalls:Profile"] = "Off" });
        await app.Client.GetAsync("/null");

        Assert.Empty(await app.FindingsAsync());
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await app.Client.GetAsync("/_pitfalls/")).StatusCode);
    }

    [Fact]
    public async Task Called_twice_is_called_once()
    {
        await using var once = await TestApp.StartAsync(a => a.MapGet("/null", string[]? () => null));
        await using var twice = await TestApp.StartAsync(
            a => a.MapGet("/null", string[]? () => null),
            services =>
            {
                services.AddPitfallDetection();
                services.AddPitfallDetection(o => o.MaxFindings = 7);
                services.AddPitfallDetection(_ => { });
            });

        foreach (var app in new[] { once, twice })
        {
            await app.Client.GetAsync("/null");
            Assert.Equal(1, Assert.Single(await app.FindingsAsync()).Count);
            Assert.Single(app.Services.GetServices<IHostedService>().OfType<Pitfalls.Runtime.Diagnostics.PitfallHost>());
            Assert.Single(app.Services.GetServices<IStartupFilter>().OfType<Pitfalls.Runtime.Signals.Requests.RequestStartupFilter>());
        }

        Assert.Equal(once.Services.GetServices<IPitfallSink>().Count(), twice.Services.GetServices<IPitfallSink>().Count());
        Assert.Equal(7, twice.Services.GetRequiredService<LiveOptions>().Current.MaxFindings);
    }

    [Fact]
    public async Task What_is_ignored_is_told()
    {
        await using var app = await TestApp.StartAsync(settings:
        [
            new("Pitfalls:Rules:PIT9999:Enabled", "false"), new("Pitfalls:Rules:PIT3001:Depth", "3"), new("Pitfalls:Speed", "9"),
            new("Pitfalls:Allow:0:Rule", "PIT8888"), new("Pitfalls:Allow:0:Reason", "none"),
        ]);

        var notes = await NotesAsync(app);

        foreach (var ignored in new[] { "PIT9999", "PIT3001:Depth", "Pitfalls:Speed", "PIT8888" })
            Assert.Contains(notes, note => note.Contains(ignored, StringComparison.Ordinal));
    }

    private static async Task<string[]> NotesAsync(TestApp app)
    {
        using var status = JsonDocument.Parse(await app.Client.GetStringAsync("/_pitfalls/api/status"));
        return [.. status.RootElement.GetProperty("notes").EnumerateArray().Select(n => n.GetString()!)];
    }

    /// <summary>Configuration that a test changes while the app runs.</summary>
    private sealed class Reloadable(Dictionary<string, string?> values) : ConfigurationProvider, IConfigurationSource
    {
        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public override void Load() => Data = new Dictionary<string, string?>(values, StringComparer.OrdinalIgnoreCase);

        public void Reload(Dictionary<string, string?> changed)
        {
            Data = new Dictionary<string, string?>(changed, StringComparer.OrdinalIgnoreCase);
            OnReload();
        }
    }
}
