using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

using PitfallShop.Data;

namespace PitfallShop.Api;

/// <summary>What there is to buy.</summary>
internal static class Products
{
    private const int PageSize = 20;

    public static void Map(ShopRoutes shop)
    {
        shop.Everybody.MapGet("/v2/products", List);
        shop.Everybody.MapGet("/v2/products/{id}", Find);
    }

    private static async Task<Ok<List<ProductView>>> List(ShopDb db, CancellationToken cancel, int page = 1) =>
        TypedResults.Ok(await db.Products
            .OrderBy(p => p.Sku)
            .Skip((Math.Clamp(page, 1, 1_000) - 1) * PageSize)
            .Take(PageSize)
            .Select(ProductView.From)
            .ToListAsync(cancel));

    private static async Task<Results<Ok<ProductView>, NotFound>> Find(int id, ShopDb db, CancellationToken cancel) =>
        await db.Products.Where(p => p.Id == id).Select(ProductView.From).FirstOrDefaultAsync(cancel) is { } product
            ? TypedResults.Ok(product)
            : TypedResults.NotFound();
}
