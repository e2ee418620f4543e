using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

using PitfallShop.Api;
using PitfallShop.Data;
using PitfallShop.Lessons;

namespace PitfallShop.Queries;

/// <summary>PIT5005: one query for the products, and one more for each of them.</summary>
public sealed class RepeatedQuery : Lesson
{
    private const int Shown = 10;

    public override IReadOnlyList<Expectation> Expectations { get; } = [Finds("PIT5005", "GET /v1/products/sold")];

    public override void Map(ShopRoutes shop)
    {
        shop.Everybody.MapGet("/v1/products/sold", SoldV1);
        shop.Everybody.MapGet("/v2/products/sold", SoldV2);
    }

    public override Task VisitAsync(Visit visit) => visit.GetAsync("products/sold");

    // v1: eleven round trips for ten rows. With a hundred rows it is a hundred and one.
    private static async Task<Ok<List<SoldView>>> SoldV1(ShopDb db, CancellationToken cancel)
    {
        var sold = new List<SoldView>();
        foreach (var product in await db.Products.AsNoTracking().OrderBy(p => p.Sku).Take(Shown).ToListAsync(cancel))
        {
            var quantity = await db.OrderLines.Where(l => l.ProductId == product.Id).SumAsync(l => l.Quantity, cancel);
            sold.Add(new SoldView(product.Sku, quantity));
        }

        return TypedResults.Ok(sold);
    }

    // v2: the database adds up, in one query.
    private static async Task<Ok<List<SoldView>>> SoldV2(ShopDb db, CancellationToken cancel) =>
        TypedResults.Ok(await db.Products
            .OrderBy(p => p.Sku)
            .Take(Shown)
            .Select(p => new SoldView(p.Sku, db.OrderLines.Where(l => l.ProductId == p.Id).Sum(l => l.Quantity)))
            .ToListAsync(cancel));

    public sealed record SoldView(string Sku, int Quantity);
}
