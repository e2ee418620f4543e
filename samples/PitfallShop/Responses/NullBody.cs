using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

using PitfallShop.Api;
using PitfallShop.Data;
using PitfallShop.Lessons;

namespace PitfallShop.Responses;

/// <summary>PIT3001: the client is promised an object and gets <c>null</c>, or nothing at all.</summary>
public sealed class NullBody : Lesson
{
    public override IReadOnlyList<Expectation> Expectations { get; } =
    [
        Finds("PIT3001", "GET /v1/products/by-sku/{sku}"),
        Finds("PIT3001", "GET /v1/orders/{id}/shipment"),
    ];

    public override void Map(ShopRoutes shop)
    {
        shop.Everybody.MapGet("/v1/products/by-sku/{sku}", FindV1);
        shop.Everybody.MapGet("/v2/products/by-sku/{sku}", FindV2);
    }

    public override async Task VisitAsync(Visit visit)
    {
        await visit.GetAsync("products/by-sku/KNIT-0007");
        await visit.GetAsync("products/by-sku/KNIT-9999", v1: 200, v2: 404);
        await visit.GetAsync($"orders/{visit.OrderId}/shipment", v1: 200, v2: 404);
    }

    // v1: what is not there is sent as the word null with status 200, and the client falls over product.name.
    private static Task<ProductView?> FindV1(string sku, ShopDb db, CancellationToken cancel) =>
        db.Products.Where(p => p.Sku == sku).Select(ProductView.From).FirstOrDefaultAsync(cancel);

    // v2: 404 says that it is not there, and the return type says that this may happen.
    private static async Task<Results<Ok<ProductView>, NotFound>> FindV2(string sku, ShopDb db, CancellationToken cancel) =>
        await db.Products.Where(p => p.Sku == sku).Select(ProductView.From).FirstOrDefaultAsync(cancel) is { } product
            ? TypedResults.Ok(product)
            : TypedResults.NotFound();
}

[ApiController]
[Authorize]
public sealed class ShipmentController(ShopDb db) : ControllerBase
{
    // v1: a shipment is declared, and "not yet" is a 200 with an empty body that no JSON parser takes.
    [HttpGet("/v1/orders/{id}/shipment")]
    public async Task<ActionResult<ShipmentView>> ShowV1(int id, CancellationToken cancel) =>
        await ShipmentOf(id, cancel) is { } shipment ? shipment : Ok();

    // v2: as long as there is no shipment, it is not found.
    [HttpGet("/v2/orders/{id}/shipment")]
    public async Task<ActionResult<ShipmentView>> ShowV2(int id, CancellationToken cancel) =>
        await ShipmentOf(id, cancel) is { } shipment ? shipment : NotFound();

    private Task<ShipmentView?> ShipmentOf(int id, CancellationToken cancel) =>
        db.OrderOf(User.CustomerId(), id)
            .Where(o => o.Status == OrderStatus.Shipped)
            .Select(o => new ShipmentView(o.Id, "parcel"))
            .FirstOrDefaultAsync(cancel);
}

public sealed record ShipmentView(int OrderId, string Kind);
