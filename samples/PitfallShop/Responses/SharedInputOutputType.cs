using System.Security.Claims;

using Microsoft.AspNetCore.Http.HttpResults;

using PitfallShop.Api;
using PitfallShop.Lessons;

namespace PitfallShop.Responses;

/// <summary>PIT3006: what clients send is what they get, so they may also set what only the shop may.</summary>
public sealed class SharedInputOutputType : Lesson
{
    public override IReadOnlyList<Expectation> Expectations { get; } = [Finds("PIT3006", "POST /v1/reviews")];

    public override void Map(ShopRoutes shop)
    {
        shop.Customers.MapPost("/v1/reviews", WriteV1);
        shop.Customers.MapPost("/v2/reviews", WriteV2);
    }

    public override Task VisitAsync(Visit visit) => visit.SendAsync(HttpMethod.Post, "reviews", JsonContent.Create(new { sku = "KNIT-0007", stars = 5 }));

    // v1: {"ownerId": 1, "createdAt": "2020-01-01T00:00:00Z"} in the body is believed.
    private static Ok<Review> WriteV1(Review review) => TypedResults.Ok(review);

    // v2: what may be sent is one type, what is shown another; the shop says who wrote it, and when.
    private static Ok<ReviewView> WriteV2(NewReview review, ClaimsPrincipal user, TimeProvider time) =>
        TypedResults.Ok(new ReviewView(review.Sku, review.Stars, user.CustomerId(), time.GetUtcNow()));
}

public sealed class Review
{
    public string Sku { get; set; } = "";

    public int Stars { get; set; }

    public int OwnerId { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
}

public sealed record NewReview(string Sku, int Stars);

public sealed record ReviewView(string Sku, int Stars, int OwnerId, DateTimeOffset CreatedAt);
