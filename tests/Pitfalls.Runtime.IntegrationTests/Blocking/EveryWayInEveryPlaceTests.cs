using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.ReleaseApp;

namespace Pitfalls.Runtime.IntegrationTests.Blocking;

/// <summary>Every way to block in every place, in optimised code: the right method, file, line and route.</summary>
[Collection(AloneInTheProcess.Name)]
public class EveryWayInEveryPlaceTests
{
    public static TheoryData<string> Places => [.. Place.All.Select(p => p.Path)];

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Flags_every_way_to_block_with_its_line(string path)
    {
        var place = Place.All.Single(p => p.Path == path);
        await using var app = await TestApp.StartAsync(Place.MapTo, Place.AddTo);
        await app.WatchesAsync();

        // Outside of requests nothing cheap says that a thread sleeps: see Limitation_how_long_a_thread_sleeps_outside_of_requests_is_not_known.
        var ways = ReleaseApp.Blocking.Ways.Where(w => place.IsInRequest || !w.IsSeenInSamplesOnly).ToList();
        var together = Task.WhenAll(ways.Where(w => w.IsSeenInSamplesOnly).Select(w => app.Client.GetStringAsync($"/{path}/{w.Method}")));
        foreach (var way in ways.Where(w => !w.IsSeenInSamplesOnly))
            await app.Client.GetStringAsync($"/{path}/{way.Method}");
        await together;
        await app.CatchUpAsync();

        foreach (var way in ways)
        {
            var finding = await app.BlockUntilFoundAsync($"/{path}/{way.Method}", way.Method);

            Assert.Equal("Blocking.cs", finding.Location!.File);
            Assert.Equal(ReleaseApp.Blocking.Lines[way.Method], finding.Location.Line);
            Assert.Equal(way.Primitive, finding.Evidence["primitive"]);
            if (place.IsInRequest)
                Assert.Equal($"GET /{path}/{{way}}", Assert.Single(finding.Routes));
            else
                Assert.Empty(finding.Routes);
        }
    }

    [Theory]
    [InlineData("/short-wait", "Task.Wait")]
    [InlineData("/short-sleep", "Thread.Sleep")]
    public async Task Flags_a_handler_so_short_that_it_has_no_frame_of_its_own(string path, string primitive)
    {
        await using var app = await TestApp.StartAsync(Place.MapShortTo);
        await app.WatchesAsync();
        await app.Client.GetStringAsync("/short-await");

        var finding = await app.BlockUntilFoundAsync(path, nameof(Place.MapShortTo) + "+lambda");

        Assert.Equal("Places.cs", finding.Location!.File);
        Assert.Equal(primitive, finding.Evidence["primitive"]);
        Assert.Equal("GET " + path, Assert.Single(finding.Routes));
        Assert.DoesNotContain(await app.FindingsAsync(), f => f.Routes.Contains("GET /short-await"));
    }

    [Fact]
    public async Task Limitation_how_long_a_thread_sleeps_outside_of_requests_is_not_known()
    {
        // A timer sleeps for one and a half seconds; no event says so, and no request that sits there asks for samples. Where samples
        // are taken all the same, they show the length of the samples and not that of the sleep.
        const string sleep = nameof(Thread) + nameof(Thread.Sleep);
        await using var app = await TestApp.StartAsync(Place.MapTo, Place.AddTo, settings: new Dictionary<string, string?> { ["Pitfalls:Rules:PIT1001:MinimumWait"] = "500 ms" });
        await app.WatchesAsync();

        var slept = ReleaseApp.Blocking.Slept;
        await app.Client.GetStringAsync($"/timer/{sleep}");
        while (ReleaseApp.Blocking.Slept == slept)
            await Task.Delay(50);
        await app.CatchUpAsync();
        Assert.DoesNotContain(await app.FindingsAsync(), f => f.RuleId == "PIT1001" && f.Routes.Count == 0);

        // The same sleep in a request is found, with its length.
        var found = await app.BlockUntilFoundAsync($"/minimal/{sleep}", sleep);
        Assert.InRange((long)found.Evidence["maxMilliseconds"], 500, 60_000);
    }
}
