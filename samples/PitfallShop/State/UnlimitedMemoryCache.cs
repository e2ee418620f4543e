using Microsoft.Extensions.Caching.Memory;

using PitfallShop.Api;
using PitfallShop.Lessons;

namespace PitfallShop.State;

/// <summary>PIT2002: a <c>MemoryCache</c> without limit and expiry never throws anything away by itself.</summary>
public sealed class UnlimitedMemoryCache : Lesson
{
    private const int NewSearches = 8;

    public override IReadOnlyList<Expectation> Expectations { get; } = [Finds("PIT2002")];

    public override void Add(IServiceCollection services)
    {
        services.AddSingleton<Suggestions>();
        services.AddMemoryCache();
    }

    public override void Map(ShopRoutes shop)
    {
        shop.Everybody.MapGet("/v1/suggestions/{text}", SuggestV1);
        shop.Everybody.MapGet("/v2/suggestions/{text}", SuggestV2);
    }

    public override async Task VisitAsync(Visit visit)
    {
        for (var i = 0; i < NewSearches; i++)
            await visit.GetAsync($"suggestions/{Guid.NewGuid():N}");
    }

    // v1: it is called a cache, and it is a dictionary.
    private static SuggestionView SuggestV1(string text, Suggestions suggestions) => suggestions.For(text);

    // v2: every entry says how long it is worth its place.
    private static SuggestionView SuggestV2(string text, IMemoryCache cache) => cache.GetOrCreate($"suggestion:{text}", entry =>
    {
        entry.AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(5);
        return Suggestions.Make(text);
    })!;
}

public sealed class Suggestions : IDisposable
{
    private readonly MemoryCache _made = new(new MemoryCacheOptions());

    public static SuggestionView Make(string text) => new(text, ["knitted hat", "knitted scarf"]);

    public SuggestionView For(string text) => _made.GetOrCreate(text, _ => Make(text))!;

    public void Dispose() => _made.Dispose();
}

public sealed record SuggestionView(string Text, IReadOnlyList<string> Suggestions);
