using Microsoft.Extensions.Caching.Memory;

using PitfallShop.Api;
using PitfallShop.Lessons;

namespace PitfallShop.State;

/// <summary>PIT2001 and PIT2003: whoever came once is remembered for ever, in a dictionary that all requests change at once.</summary>
public sealed class StaticCache : Lesson
{
    private const int NewVisitors = 8;

    // One customer at a time: two could really tear the dictionary, and the tour would end there.
    private readonly SemaphoreSlim _oneAtATime = new(1);

    public override IReadOnlyList<Expectation> Expectations { get; } = [Finds("PIT2001"), Finds("PIT2003")];

    public override void Add(IServiceCollection services) => services.AddSingleton<KnownVisitors>();

    public override void Map(ShopRoutes shop)
    {
        shop.Everybody.MapGet("/v1/visitors/{id}", GreetV1);
        shop.Everybody.MapGet("/v2/visitors/{id}", GreetV2);
    }

    public override async Task VisitAsync(Visit visit)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            for (var i = 0; i < NewVisitors; i++)
                await visit.GetAsync($"visitors/{Guid.NewGuid():N}");
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    // v1: the cache of every beginner's app.
    private static VisitorView GreetV1(string id)
    {
        if (!Visitors.Known.TryGetValue(id, out var visitor))
            Visitors.Known.Add(id, visitor = new VisitorView(id, "Welcome!"));
        return visitor;
    }

    // v2: a cache that knows when it is full, and that all threads may use.
    private static VisitorView GreetV2(string id, KnownVisitors visitors) => visitors.Greet(id);
}

internal static class Visitors
{
    public static Dictionary<string, VisitorView> Known { get; } = [];
}

public sealed class KnownVisitors : IDisposable
{
    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = 1_000 });

    public VisitorView Greet(string id) => _known.GetOrCreate(id, entry =>
    {
        entry.Size = 1;
        entry.SlidingExpiration = TimeSpan.FromMinutes(20);
        return new VisitorView(id, "Welcome!");
    })!;

    public void Dispose() => _known.Dispose();
}

public sealed record VisitorView(string Id, string Greeting);
