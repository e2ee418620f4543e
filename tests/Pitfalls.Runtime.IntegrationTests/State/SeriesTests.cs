using System.Text.Json;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.State;

/// <summary>The samples behind the plot.</summary>
public class SeriesTests
{
    [Fact]
    public async Task Every_watched_collection_has_its_samples()
    {
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/{i}", (int i, Cache cache) => cache.Add(i)),
            s => s.AddSingleton<Cache>());
        await app.ServeAsync(3, 10, "/{i}");

        using var series = JsonDocument.Parse(await app.Client.GetStringAsync("/_pitfalls/api/series"));

        var cache = series.RootElement.EnumerateArray().Single(s => s.GetProperty("name").GetString() == "Pitfalls.Runtime.IntegrationTests.State.SeriesTests.Cache._seen");
        Assert.Equal("HashSet", cache.GetProperty("kind").GetString());
        Assert.Equal("Singleton", cache.GetProperty("root").GetString());
        var samples = cache.GetProperty("samples").EnumerateArray().ToList();
        Assert.Equal([10L, 20L, 30L], samples.Select(s => s.GetProperty("entries").GetInt64()));
        Assert.Equal([10L, 20L, 30L], samples.Select(s => s.GetProperty("requests").GetInt64()));
        Assert.All(samples, s => Assert.EndsWith("Z", s.GetProperty("at").GetString(), StringComparison.Ordinal));
    }

    private sealed class Cache
    {
        private readonly HashSet<int> _seen = [];

        public bool Add(int i) => _seen.Add(i);
    }
}
