using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Signals.Blocking;
using Pitfalls.Runtime.Signals.Blocking.EventPipe;

namespace Pitfalls.Runtime.IntegrationTests.Blocking;

/// <summary>Others may listen to the same process: neither takes anything from the other.</summary>
[Collection(AloneInTheProcess.Name)]
public class OtherListenersTests
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";

    /// <summary>What <c>dotnet-trace collect</c> asks for by default, what a profile of contention asks for, and what <c>dotnet-counters</c> does.</summary>
    public static TheoryData<string, ulong, uint> Sessions => new()
    {
        { Runtime, 0x14C14FCCBD, 4 },
        { Runtime, 0x400_0001_4000, 5 },
        { "Microsoft-DotNETCore-SampleProfiler", 0, 5 },
        { "System.Runtime", ulong.MaxValue, 4 },
    };

    [Theory]
    [MemberData(nameof(Sessions))]
    public async Task Flags_beside_a_session_of_another_tool_before_it_with_it_and_after_it(string provider, ulong keywords, uint level)
    {
        await using var app = await TestApp.StartAsync(a =>
        {
            a.MapGet("/before", () => WaitBefore());
            a.MapGet("/with", () => WaitWith());
            a.MapGet("/after", () => WaitAfter());
        });
        await app.WatchesAsync();
        await app.BlockUntilFoundAsync("/before", nameof(WaitBefore));

        using (var other = EventPipeSession.Open(new EventPipeProvider(provider, keywords, level)))
        {
            var bytes = 0L;
            var reader = new Thread(() =>
            {
                var buffer = new byte[64 * 1024];
                while (other.Stream.Read(buffer) is > 0 and var read)
                    Interlocked.Add(ref bytes, read);
            });
            reader.Start();

            await app.BlockUntilFoundAsync("/with", nameof(WaitWith));

            other.RequestStop();
            reader.Join();
            Assert.True(Interlocked.Read(ref bytes) > 100, "the other session got nothing");
        }

        await app.BlockUntilFoundAsync("/after", nameof(WaitAfter));
        Assert.All(
            app.Services.GetRequiredService<Diagnostics.Channels>().All.Where(c => c.Name is WaitSession.Waits or WaitSession.Stacks), c => Assert.True(c.Works, c.Reason));
    }

    [Fact]
    public async Task Flags_beside_OpenTelemetry()
    {
        var (traces, metrics) = (new List<System.Diagnostics.Activity>(), new List<Metric>());
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/with", () => WaitWith()),
            services => services.AddOpenTelemetry()
                .WithTracing(t => t.AddSource("Microsoft.AspNetCore").AddInMemoryExporter(traces))
                .WithMetrics(m => m.AddMeter("Microsoft.AspNetCore.Hosting").AddInMemoryExporter(metrics)));
        await app.WatchesAsync();

        var finding = await app.BlockUntilFoundAsync("/with", nameof(WaitWith));

        Assert.Equal("GET /with", Assert.Single(finding.Routes));
        Assert.Contains(traces, t => t.TraceId.ToHexString() == finding.TraceId);
    }

    private static void WaitBefore() => Task.Delay(60).Wait();

    private static void WaitWith() => Task.Delay(60).Wait();

    private static void WaitAfter() => Task.Delay(60).Wait();
}
