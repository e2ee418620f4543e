using Microsoft.AspNetCore.Http.HttpResults;

using PitfallShop.Api;
using PitfallShop.Lessons;

namespace PitfallShop.Requests;

/// <summary>PIT4005: two of three say who may come, and the third was forgotten.</summary>
public sealed class UnguardedSibling : Lesson
{
    public override IReadOnlyList<Expectation> Expectations { get; } = [Finds("PIT4005", "DELETE /v1/vouchers/{code}")];

    public override void Map(ShopRoutes shop)
    {
        // v1: the line that is missing at the end of the third one makes no test red.
        var v1 = shop.Unsaid.MapGroup("/v1/vouchers");
        v1.MapGet("/", List).RequireAuthorization();
        v1.MapPost("/{code}", Redeem).RequireAuthorization();
        v1.MapDelete("/{code}", Withdraw);

        // v2: said once, on the group.
        var v2 = shop.Customers.MapGroup("/v2/vouchers");
        v2.MapGet("/", List);
        v2.MapPost("/{code}", Redeem);
        v2.MapDelete("/{code}", Withdraw);
    }

    public override async Task VisitAsync(Visit visit)
    {
        await visit.GetAsync("vouchers/");
        await visit.DeleteAsync("vouchers/SPRING");
    }

    private static Ok<string[]> List() => TypedResults.Ok(new[] { "SPRING" });

    private static NoContent Redeem(string code) => TypedResults.NoContent();

    private static NoContent Withdraw(string code) => TypedResults.NoContent();
}
