using System.ComponentModel.DataAnnotations;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

using PitfallShop.Data;

namespace PitfallShop.Api;

/// <summary>For whoever runs the shop.</summary>
internal static class Administration
{
    public static void Map(ShopRoutes shop)
    {
        shop.Administrators.MapGet("/v2/admin/sales", Sales);
        shop.Administrators.MapGet("/v2/admin/stock", Stock);
        shop.Administrators.MapPut("/v2/admin/products/{id}/price", SetPrice);
    }

    private static async Task<Ok<SalesView>> Sales(ShopDb db, CancellationToken cancel) =>
        TypedResults.Ok(new SalesView(
            await db.Orders.CountAsync(o => o.Status != OrderStatus.Cancelled, cancel),
            await db.OrderLines.SumAsync(l => (long)l.Quantity * l.UnitPriceCents, cancel)));

    private static async Task<Ok<List<StockView>>> Stock(ShopDb db, CancellationToken cancel) =>
        TypedResults.Ok(await db.Products.OrderBy(p => p.Stock).Take(10).Select(p => new StockView(p.Sku, p.Stock)).ToListAsync(cancel));

    private static async Task<Results<NoContent, NotFound, ValidationProblem>> SetPrice(int id, NewPrice price, ShopDb db, CancellationToken cancel)
    {
        if (await db.Products.FindAsync([id], cancel) is not { } product)
            return TypedResults.NotFound();
        product.PriceCents = price.Cents;
        await db.SaveChangesAsync(cancel);
        return TypedResults.NoContent();
    }
}

public sealed record SalesView(int Orders, long TotalCents);

public sealed record StockView(string Sku, int Stock);

public sealed record NewPrice([Range(1, 1_000_000)] int Cents);
