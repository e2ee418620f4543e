using System.Globalization;

using Microsoft.AspNetCore.Http.HttpResults;

using PitfallShop.Api;
using PitfallShop.Lessons;

namespace PitfallShop.Errors;

/// <summary>PIT6001: whatever goes wrong, the answer is a success, and nobody will ever know.</summary>
public sealed class SwallowedException : Lesson
{
    public override IReadOnlyList<Expectation> Expectations { get; } = [Finds("PIT6001", "GET /v1/coupons/{code}")];

    public override void Map(ShopRoutes shop)
    {
        shop.Everybody.MapGet("/v1/coupons/{code}", ShowV1);
        shop.Everybody.MapGet("/v2/coupons/{code}", ShowV2);
    }

    public override async Task VisitAsync(Visit visit)
    {
        await visit.GetAsync("coupons/SAVE15");
        await visit.GetAsync("coupons/SAVELOTS", v1: 200, v2: 404);
    }

    // v1: a mistyped coupon, a bug in the parser and a full disk all look the same: no discount, status 200, an empty log.
    private static Ok<CouponView> ShowV1(string code)
    {
        try
        {
            return TypedResults.Ok(new CouponView(PercentOf(code)));
        }
        catch (Exception)
        {
            return TypedResults.Ok(new CouponView(0));
        }
    }

    // v2: the one thing that is expected to go wrong is caught and answered; anything else goes to the exception handler and its log.
    private static Results<Ok<CouponView>, NotFound> ShowV2(string code)
    {
        try
        {
            return TypedResults.Ok(new CouponView(PercentOf(code)));
        }
        catch (FormatException)
        {
            return TypedResults.NotFound();
        }
    }

    private static int PercentOf(string code) =>
        int.Parse(code.Replace("SAVE", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture);
}

public sealed record CouponView(int PercentOff);
