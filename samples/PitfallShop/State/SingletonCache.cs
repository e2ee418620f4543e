using System.Collections.Concurrent;

using Microsoft.Extensions.Caching.Hybrid;

using PitfallShop.Api;
using PitfallShop.Lessons;

namespace PitfallShop.State;

/// <summary>PIT2002: a thread-safe dictionary in a singleton is still one that only grows.</summary>
public sealed class SingletonCache : Lesson
{
    private const int NewQuotes = 8;

    public override IReadOnlyList<Expectation> Expectations { get; } = [Finds("PIT2002")];

    public override void Add(IServiceCollection services)
    {
        services.AddSingleton<Quotes>();
        services.AddHybridCache();
    }

    public override void Map(ShopRoutes shop)
    {
        shop.Everybody.MapGet("/v1/quotes/{number}", ShowV1);
        shop.Everybody.MapGet("/v2/quotes/{number}", ShowV2);
    }

    public override async Task VisitAsync(Visit visit)
    {
        for (var i = 0; i < NewQuotes; i++)
            await visit.GetAsync($"quotes/{Guid.NewGuid():N}");
    }

    // v1: every number that was ever asked for stays.
    private static QuoteView ShowV1(string number, Quotes quotes) => quotes.Of(number);

    // v2: entries end, and many who ask for the same one at once cause it to be made once.
    private static ValueTask<QuoteView> ShowV2(string number, HybridCache cache, CancellationToken cancel) =>
        cache.GetOrCreateAsync($"quote:{number}", number, static (n, _) => ValueTask.FromResult(Quotes.Make(n)), cancellationToken: cancel);
}

public sealed class Quotes
{
    private readonly ConcurrentDictionary<string, QuoteView> _made = new();

    public static QuoteView Make(string number) => new(number, 4_990);

    public QuoteView Of(string number) => _made.GetOrAdd(number, Make);
}

public sealed record QuoteView(string Number, int PriceCents);
