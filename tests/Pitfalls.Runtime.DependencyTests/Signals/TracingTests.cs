using System.Diagnostics;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

using OpenTelemetry.Trace;

using Pitfalls.Runtime.DependencyTests.Support;
using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Signals.Dependencies;

namespace Pitfalls.Runtime.DependencyTests.Signals;

/// <summary>The app's own tracing is the same with the library and without it: what is recorded, what is sent along, what is current.</summary>
[Collection(nameof(Alone))]
public class TracingTests
{
    public enum Sampling
    {
        /// <summary>No OpenTelemetry in the app.</summary>
        None,
        All,
        Nothing,
        HttpOnly,
    }

    [Theory]
    [InlineData(Sampling.None)]
    [InlineData(Sampling.All)]
    [InlineData(Sampling.Nothing)]
    [InlineData(Sampling.HttpOnly)]
    public async Task Spans_and_headers_are_the_same_with_and_without_the_library(Sampling sampling)
    {
        var bare = await RunAsync(sampling, withPitfalls: false);
        var watched = await RunAsync(sampling, withPitfalls: true);

        Assert.Equal(bare, watched);
        Assert.Equal(sampling is Sampling.All or Sampling.HttpOnly, bare.Contains("\nspan ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Outside_of_requests_nothing_is_sent_along()
    {
        await using var other = await StartEchoAsync();
        await using var app = await TestApp.StartAsync();
        Activity.Current = null;

        using var client = new HttpClient();

        Assert.Equal("traceparent: none", await client.GetStringAsync(new Uri(other.Address, "/echo")));
        Assert.True(app.Services.GetRequiredService<DependencySignal>().Calls > 0, "the call was not seen");
    }

    [Fact]
    public async Task Nobody_listens_any_more_when_the_last_host_has_ended()
    {
        var source = new ActivitySource("Npgsql");
        await using (await TestApp.StartAsync())
        {
            Assert.NotNull(DependencyWatch.Current);
            Assert.True(source.HasListeners());
            Assert.Null(source.StartActivity("SELECT", ActivityKind.Client));
        }

        Assert.Null(DependencyWatch.Current);
        Assert.False(source.HasListeners());
    }

    /// <returns>One line a span, one for what the other service was sent, and one for what the handler found current.</returns>
    private static async Task<string> RunAsync(Sampling sampling, bool withPitfalls)
    {
        var spans = new List<Activity>();
        using var source = new ActivitySource("Npgsql");
        await using var other = await StartEchoAsync();
        var seen = new List<string>();
        await using (var app = await TestApp.StartAsync(
            a => a.MapGet("/call", async (HttpContext context, ShopContext shop, IHttpClientFactory clients) =>
            {
                await shop.Customers.CountAsync();
                using (var command = source.StartActivity("SELECT shop", ActivityKind.Client))
                    seen.Add($"command {command is not null} recorded {command?.Recorded} data {command?.IsAllDataRequested}");
                seen.Add(await clients.CreateClient().GetStringAsync(new Uri(other.Address, "/echo?of=" + Activity.Current?.SpanId)));
                seen.Add($"current {Activity.Current?.OperationName} recorded {Activity.Current?.Recorded}");
            }),
            services =>
            {
                services.AddShop();
                services.AddHttpClient();
                if (sampling != Sampling.None)
                {
                    services.AddOpenTelemetry().WithTracing(tracing =>
                    {
                        tracing.SetSampler(sampling == Sampling.Nothing ? new AlwaysOffSampler() : new AlwaysOnSampler());
                        tracing.AddHttpClientInstrumentation();
                        if (sampling != Sampling.HttpOnly)
                            tracing.AddSource("Npgsql", "Microsoft.AspNetCore");
                        tracing.AddInMemoryExporter(spans);
                    });
                }
            },
            withPitfalls: withPitfalls))
        {
            await app.Client.GetStringAsync("/call");
            if (withPitfalls)
                Assert.True(app.Services.GetRequiredService<DependencySignal>().Calls >= 3, "the calls were not seen");
        }

        return string.Join('\n', [.. seen, .. spans.Select(Describe).Order(StringComparer.Ordinal)]);

        string Describe(Activity span) =>
            $"span {span.Source.Name} {span.OperationName} {span.Kind} {span.Status} under {spans.Find(s => s.SpanId == span.ParentSpanId)?.OperationName} tags {string.Join(',', span.TagObjects.Select(t => t.Key).Order(StringComparer.Ordinal))}";
    }

    private static Task<TestApp> StartEchoAsync() => TestApp.StartAsync(
        a => a.MapGet("/echo", (HttpRequest request, string? of) =>
            request.Headers.TraceParent.ToString() is { Length: > 0 } parent
                ? $"traceparent: flags {parent[^2..]}, of the handler's own span {of is not null && parent.Contains(of, StringComparison.Ordinal)}"
                : "traceparent: none"),
        withPitfalls: false);
}

/// <summary>Listeners are the process's: nobody else's may be there meanwhile.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
