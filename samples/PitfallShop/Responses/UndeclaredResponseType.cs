using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

using PitfallShop.Api;
using PitfallShop.Data;
using PitfallShop.Lessons;

namespace PitfallShop.Responses;

/// <summary>PIT3004: the endpoint sends an object, and the description of the API says nothing about it.</summary>
public sealed class UndeclaredResponseType : Lesson
{
    public override IReadOnlyList<Expectation> Expectations { get; } = [Finds("PIT3004", "GET /v1/products/{id}/tag")];

    public override void Map(ShopRoutes shop)
    {
        shop.Everybody.MapGet("/v1/products/{id}/tag", ShowV1);
        shop.Everybody.MapGet("/v2/products/{id}/tag", ShowV2);
    }

    public override Task VisitAsync(Visit visit) => visit.GetAsync("products/7/tag");

    // v1: IResult may be anything, so a generated client gets nothing.
    private static async Task<IResult> ShowV1(int id, ShopDb db, CancellationToken cancel) =>
        await PriceOf(id, db, cancel) is { } price ? Results.Ok(price) : Results.NotFound();

    // v2: the return type says both answers, and the compiler holds the code to it.
    private static async Task<Results<Ok<PriceTag>, NotFound>> ShowV2(int id, ShopDb db, CancellationToken cancel) =>
        await PriceOf(id, db, cancel) is { } price ? TypedResults.Ok(price) : TypedResults.NotFound();

    private static Task<PriceTag?> PriceOf(int id, ShopDb db, CancellationToken cancel) =>
        db.Products.Where(p => p.Id == id).Select(p => new PriceTag(p.Sku, p.PriceCents)).FirstOrDefaultAsync(cancel);
}

public sealed record PriceTag(string Sku, int PriceCents);
