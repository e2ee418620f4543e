using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

using PitfallShop.Api;
using PitfallShop.Data;
using PitfallShop.Lessons;

namespace PitfallShop.Threading;

/// <summary>PIT1003: the thread waits for the database, or for the rest of a form, and serves nobody meanwhile.</summary>
public sealed class SynchronousIo : Lesson
{
    public override IReadOnlyList<Expectation> Expectations { get; } =
    [
        Finds("PIT1003", "GET /v1/products/bargains"),
        Finds("PIT1003", "POST /v1/newsletter"),
    ];

    public override void Map(ShopRoutes shop)
    {
        // Whether such a call also holds its thread long enough for PIT1001 is up to the database and the client.
        shop.Everybody.MapGet("/v1/products/bargains", BargainsV1).AllowPitfall("PIT1001", "this lesson is about PIT1003");
        shop.Everybody.MapGet("/v2/products/bargains", BargainsV2);
        shop.Everybody.MapPost("/v1/newsletter", SubscribeV1).AllowPitfall("PIT1001", "this lesson is about PIT1003");
        shop.Everybody.MapPost("/v2/newsletter", SubscribeV2);
    }

    public override async Task VisitAsync(Visit visit)
    {
        await visit.GetAsync("products/bargains");
        using var form = new FormUrlEncodedContent([new("topic", "wool")]);
        await visit.SendAsync(HttpMethod.Post, "newsletter", form);
    }

    // v1: ToList runs the query on this thread, to its last row.
    private static Ok<List<ProductView>> BargainsV1(ShopDb db) =>
        TypedResults.Ok(db.Products.OrderBy(p => p.PriceCents).Take(5).Select(ProductView.From).ToList());

    // v2: the thread is free until the rows are there.
    private static async Task<Ok<List<ProductView>>> BargainsV2(ShopDb db, CancellationToken cancel) =>
        TypedResults.Ok(await db.Products.OrderBy(p => p.PriceCents).Take(5).Select(ProductView.From).ToListAsync(cancel));

    // v1: Request.Form reads the body then and there, however slowly the client sends it.
    private static Ok<Topic> SubscribeV1(HttpRequest request) => TypedResults.Ok(new Topic(request.Form["topic"].ToString()));

    // v2: the same, awaited.
    private static async Task<Ok<Topic>> SubscribeV2(HttpRequest request, CancellationToken cancel)
    {
        var form = await request.ReadFormAsync(cancel);
        return TypedResults.Ok(new Topic(form["topic"].ToString()));
    }

    public sealed record Topic(string Name);
}
