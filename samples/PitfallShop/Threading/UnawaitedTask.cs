using Microsoft.AspNetCore.Http.HttpResults;

using PitfallShop.Api;
using PitfallShop.Lessons;

namespace PitfallShop.Threading;

/// <summary>PIT1004: a missing <c>await</c> sends the task to the client, with the result somewhere inside.</summary>
public sealed class UnawaitedTask : Lesson
{
    public override IReadOnlyList<Expectation> Expectations { get; } = [Finds("PIT1004", "GET /v1/products/{id}/delivery")];

    public override void Map(ShopRoutes shop)
    {
        shop.Everybody.MapGet("/v1/products/{id}/delivery", ShowV1);
        shop.Everybody.MapGet("/v2/products/{id}/delivery", ShowV2);
    }

    public override Task VisitAsync(Visit visit) => visit.GetAsync("products/1/delivery");

    // v1: it compiles, it answers 200, and the client finds {"days":{"result":3,"id":17,…}} where it wants a number.
    private static Ok<DeliveryV1> ShowV1(int id) => TypedResults.Ok(new DeliveryV1(id, DaysAsync(id)));

    // v2: awaited.
    private static async Task<Ok<DeliveryV2>> ShowV2(int id) => TypedResults.Ok(new DeliveryV2(id, await DaysAsync(id)));

    private static Task<int> DaysAsync(int id) => Task.FromResult(1 + (id % 3));
}

public sealed record DeliveryV1(int ProductId, Task<int> Days);

public sealed record DeliveryV2(int ProductId, int Days);
