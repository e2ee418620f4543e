using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

using PitfallShop.Api;
using PitfallShop.Lessons;

namespace PitfallShop.Requests;

/// <summary>PIT4004: every parameter wears an attribute, and none of them changes anything.</summary>
public sealed class RedundantBindingSource : Lesson
{
    public override IReadOnlyList<Expectation> Expectations { get; } = [Finds("PIT4004", "PUT /v1/newsletter/{topic}")];

    public override void Map(ShopRoutes shop)
    {
        shop.Everybody.MapPut("/v1/newsletter/{topic}", SubscribeV1);
        shop.Everybody.MapPut("/v2/newsletter/{topic}", SubscribeV2);
    }

    public override Task VisitAsync(Visit visit) => visit.SendAsync(HttpMethod.Put, "newsletter/wool", JsonContent.Create(new Subscription(4)), v1: 204, v2: 204);

    // v1: who reads this looks for what is special here.
    private static NoContent SubscribeV1([FromRoute] string topic, [FromBody] Subscription wanted, [FromServices] TimeProvider time) => Subscribe(topic, wanted, time);

    // v2: the same sources, by inference.
    private static NoContent SubscribeV2(string topic, Subscription wanted, TimeProvider time) => Subscribe(topic, wanted, time);

    private static NoContent Subscribe(string topic, Subscription wanted, TimeProvider time)
    {
        // A real shop keeps it until then.
        _ = (topic, until: time.GetUtcNow().AddDays(7 * wanted.Weeks));
        return TypedResults.NoContent();
    }
}

public sealed record Subscription(int Weeks);
