using Microsoft.AspNetCore.Http.HttpResults;

using PitfallShop.Api;
using PitfallShop.Lessons;

namespace PitfallShop.Requests;

/// <summary>PIT4006: the same demand on each of three endpoints. The fourth will be the one without.</summary>
public sealed class RepeatedAuthorization : Lesson
{
    public override IReadOnlyList<Expectation> Expectations { get; } = [Finds("PIT4006", "GET /v1/returns/")];

    public override void Map(ShopRoutes shop)
    {
        // v1: right today.
        var v1 = shop.Unsaid.MapGroup("/v1/returns");
        v1.MapGet("/", List).RequireAuthorization();
        v1.MapPost("/{order}", Send).RequireAuthorization();
        v1.MapDelete("/{order}", Keep).RequireAuthorization();

        // v2: right tomorrow as well.
        var v2 = shop.Customers.MapGroup("/v2/returns");
        v2.MapGet("/", List);
        v2.MapPost("/{order}", Send);
        v2.MapDelete("/{order}", Keep);
    }

    public override Task VisitAsync(Visit visit) => visit.GetAsync("returns/");

    private static Ok<int[]> List() => TypedResults.Ok(Array.Empty<int>());

    private static NoContent Send(int order) => TypedResults.NoContent();

    private static NoContent Keep(int order) => TypedResults.NoContent();
}
