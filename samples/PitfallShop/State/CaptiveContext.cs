using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

using PitfallShop.Api;
using PitfallShop.Data;
using PitfallShop.Lessons;

namespace PitfallShop.State;

/// <summary>PIT2005: a singleton keeps a <c>DbContext</c>, and a scope that never ends keeps scope validation quiet about it.</summary>
public sealed class CaptiveContext : Lesson
{
    // One customer at a time: two at once in one DbContext are an exception.
    private readonly SemaphoreSlim _oneAtATime = new(1);

    public override IReadOnlyList<Expectation> Expectations { get; } = [Finds("PIT2005")];

    public override void Add(IServiceCollection services)
    {
        services.AddSingleton(provider => new PriceBoard(provider.CreateScope().ServiceProvider.GetRequiredService<ShopDb>()));
        services.AddSingleton<FreshPriceBoard>();
    }

    public override void Map(ShopRoutes shop)
    {
        shop.Everybody.MapGet("/v1/prices/{sku}", ShowV1);
        shop.Everybody.MapGet("/v2/prices/{sku}", ShowV2);
    }

    public override async Task VisitAsync(Visit visit)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            await visit.GetAsync("prices/KNIT-0007");
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    // v1: the first request's context serves all of them, until two come at once.
    private static async Task<Results<Ok<int>, NotFound>> ShowV1(string sku, PriceBoard board, CancellationToken cancel) =>
        await board.PriceOfAsync(sku, cancel) is { } price ? TypedResults.Ok(price) : TypedResults.NotFound();

    // v2: a scope for each operation.
    private static async Task<Results<Ok<int>, NotFound>> ShowV2(string sku, FreshPriceBoard board, CancellationToken cancel) =>
        await board.PriceOfAsync(sku, cancel) is { } price ? TypedResults.Ok(price) : TypedResults.NotFound();
}

public sealed class PriceBoard(ShopDb db)
{
    public Task<int?> PriceOfAsync(string sku, CancellationToken cancel) =>
        db.Products.Where(p => p.Sku == sku).Select(p => (int?)p.PriceCents).FirstOrDefaultAsync(cancel);
}

public sealed class FreshPriceBoard(IServiceScopeFactory scopes)
{
    public async Task<int?> PriceOfAsync(string sku, CancellationToken cancel)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ShopDb>();
        return await db.Products.Where(p => p.Sku == sku).Select(p => (int?)p.PriceCents).FirstOrDefaultAsync(cancel);
    }
}
