using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

using Pitfalls.Runtime.Dashboard;
using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Sinks;

namespace Pitfalls.Runtime.IntegrationTests.Samples;

/// <summary>A thousand ordinary requests, and what the library has to say after them: nothing, though it has seen them all.</summary>
internal static class CleanTraffic
{
    private const int Requests = 1_000;

    // Fewer than the judge's queue holds: on a busy machine it may be far behind, and what it drops it has not judged.
    private const int Batch = ResponseJudge.Capacity / 2;

    public static async Task BringsNoFindingAsync(HttpClient client, IServiceProvider services, string environment, params string[] paths)
    {
        for (var sent = 0; sent < Requests; sent += Batch)
        {
            await Parallel.ForAsync(
                sent,
                Math.Min(sent + Batch, Requests),
                new ParallelOptions { MaxDegreeOfParallelism = 8 },
                async (i, _) => await SendAsync(client, i, paths[i % paths.Length]));
            await services.GetRequiredService<ResponseSignal>().WhenIdleAsync();
            await services.GetServices<IHostedService>().OfType<PitfallHost>().Single().DrainAsync();
        }

        var status = services.GetRequiredService<StatusReport>().Make();
        Assert.Equal(environment, status.Profile);
        Assert.Equal(Requests, status.Signals.Requests);
        Assert.InRange(status.Signals.Responses, 1, Requests);
        Assert.Contains(status.Detectors, detector => detector.Enabled);
        // Other hosts of this test process share the same user code: their waits outside of requests belong to nobody.
        Assert.DoesNotContain(status.Dropped, drop => drop.Reason != "ambiguous_host");
        Assert.Empty(status.Faults);
        Assert.Empty(services.GetRequiredService<FindingStore>().All().Select(f => $"{f.RuleId} {string.Join(',', f.Routes)} {f.Location}: {f.Message}"));
    }

    /// <summary>What every app gets: the right requests, unknown paths, wrong methods, heads.</summary>
    private static async Task SendAsync(HttpClient client, int i, string path)
    {
        using var request = (i % 20) switch
        {
            17 => new HttpRequestMessage(HttpMethod.Get, "/nowhere/" + i),
            18 => new HttpRequestMessage(HttpMethod.Delete, path),
            19 => new HttpRequestMessage(HttpMethod.Head, path),
            _ => new HttpRequestMessage(HttpMethod.Get, path),
        };
        using var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode < 500, $"{request.Method} {request.RequestUri} answered {(int)response.StatusCode}: {text}");
    }
}
