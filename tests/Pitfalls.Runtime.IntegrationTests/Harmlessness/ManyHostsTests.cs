using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Sinks;

namespace Pitfalls.Runtime.IntegrationTests.Harmlessness;

/// <summary>These look at the whole process: nothing else may run beside them.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public class Alone;

/// <summary>Several hosts in one process do not see each other, and leave nothing behind.</summary>
[Collection(nameof(Alone))]
public class ManyHostsTests
{
    [Fact]
    public async Task Two_hosts_do_not_see_each_others_findings()
    {
        await using var one = await TestApp.StartAsync(a => a.MapGet("/one", string[]? () => null));
        await using var two = await TestApp.StartAsync(
            a => a.MapGet("/two", string[]? () => null), settings: [new("Pitfalls:Rules:PIT3001:Severity", "Info")]);
        using var metersOfOne = new MeterRecorder(one.Services);
        using var metersOfTwo = new MeterRecorder(two.Services);

        // At the same time, so that nothing per process could keep them apart.
        await Task.WhenAll(Enumerable.Range(0, 20).SelectMany(_ => new[] { one.Client.GetStringAsync("/one"), two.Client.GetStringAsync("/two") }));

        var ofOne = Assert.Single(await one.FindingsAsync());
        var ofTwo = Assert.Single(await two.FindingsAsync());
        Assert.Equal(("GET /one", 20L, PitfallSeverity.Warning), (Assert.Single(ofOne.Routes), ofOne.Count, ofOne.Severity));
        Assert.Equal(("GET /two", 20L, PitfallSeverity.Info), (Assert.Single(ofTwo.Routes), ofTwo.Count, ofTwo.Severity));
        Assert.Equal(20, metersOfOne.Sum("pitfall.finding.occurrences", "PIT3001"));
        Assert.Equal(20, metersOfTwo.Sum("pitfall.finding.occurrences", "PIT3001"));
        Assert.Contains("/one", await one.Client.GetStringAsync("/_pitfalls/api/findings"), StringComparison.Ordinal);
        Assert.DoesNotContain("/two", await one.Client.GetStringAsync("/_pitfalls/api/findings"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_hundred_hosts_leave_no_thread_no_subscription_and_no_object_behind()
    {
        // What outlives hosts must let go of them: a shared configuration, and the listeners of libraries, of which there may be several of a name.
        using var first = new DiagnosticListener("Microsoft.EntityFrameworkCore");
        using var second = new DiagnosticListener("Microsoft.EntityFrameworkCore");
        using var third = new DiagnosticListener("HttpHandlerDiagnosticListener");
        var shared = new ConfigurationBuilder().AddInMemoryCollection([new("Pitfalls:MaxFindings", "50")]).Build();
        var traces = new List<WeakReference>();
        for (var i = 0; i < 200; i++)
            traces.AddRange(await LiveAndDieAsync(shared, i));
        // An idle thread may hold the last host it worked for: let that be one more.
        await LiveAndDieAsync(shared, traces.Count);

        for (var i = 0; i < 10 && traces.Exists(t => t.IsAlive); i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        var alive = traces.Where(t => t.IsAlive).Select(t => t.Target!.GetType().Name).ToList();
        Assert.True(alive.Count == 0, $"{alive.Count} of {traces.Count} are alive: {string.Join(", ", alive.CountBy(n => n).Select(n => $"{n.Key} {n.Value}"))}");
        // A reader of the runtime's events ends when the runtime has closed its stream, a moment after its host.
        for (var i = 0; i < 300 && OurThreads().Length > 0; i++)
            await Task.Delay(100);
        Assert.Empty(OurThreads());
        Assert.Empty(OurInstruments());
        Assert.False(first.IsEnabled() || second.IsEnabled() || third.IsEnabled(), "somebody still listens");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference[]> LiveAndDieAsync(IConfiguration shared, int number)
    {
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/null", string[]? () => null),
            environment: number % 2 == 0 ? "Development" : "Production",
            builder: web => web.Configuration.AddConfiguration(shared));
        await app.Client.GetStringAsync("/null");
        await app.ExpectAsync("PIT3001");
        if (OperatingSystem.IsLinux())
            Assert.NotEmpty(OurThreads());
        return
        [
            new(app.Services), new(app.Services.GetRequiredService<ResponseSignal>()), new(app.Services.GetRequiredService<FindingStore>()),
            new(app.Services.GetRequiredService<Pitfalls.Runtime.Diagnostics.PitfallMeter>().Meter), new(app.Services.GetRequiredService<EndpointBook>()),
        ];
    }

    /// <summary>"Pitfalls responses", "Pitfalls findings": the kernel keeps the first 15 characters of a thread's name. Elsewhere the objects have to prove it alone.</summary>
    private static string[] OurThreads() => OperatingSystem.IsLinux()
        ? [.. Directory.GetDirectories("/proc/self/task").Select(NameOf).Where(name => name.StartsWith("Pitfalls ", StringComparison.Ordinal))]
        : [];

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).Trim();
        }
        catch (IOException)
        {
            // It ended in between.
            return "";
        }
    }

    /// <summary>A new listener is told of every instrument that still lives.</summary>
    private static List<string> OurInstruments()
    {
        var found = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == "Pitfalls.Runtime")
                    found.Add(instrument.Name);
            },
        };
        listener.Start();
        return found;
    }
}
