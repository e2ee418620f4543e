using System.Text.Json;

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

using PitfallShop.Api;
using PitfallShop.Lessons;

namespace PitfallShop.Responses;

/// <summary>PIT3005: what is declared is one thing, what is sent another.</summary>
public sealed class ResponseTypeMismatch : Lesson
{
    private static readonly DeliveryTerms s_delivery = new("parcel", 3);

    public override IReadOnlyList<Expectation> Expectations { get; } =
    [
        Finds("PIT3005", "GET /v1/delivery"),
        Finds("PIT3005", "GET /v1/delivery/options"),
        Finds("PIT3005", "POST /v1/delivery/express"),
        Finds("PIT3005", "GET /v1/delivery/pickup"),
    ];

    public override void Map(ShopRoutes shop)
    {
        shop.Everybody.MapGet("/v1/delivery", ShowV1).Produces<DeliveryTerms>();
        shop.Everybody.MapGet("/v2/delivery", ShowV2);
        shop.Everybody.MapGet("/v1/delivery/options", ListV1);
        shop.Everybody.MapGet("/v2/delivery/options", ListV2);
        shop.Everybody.MapPost("/v1/delivery/express", BookV1).Produces<DeliveryTerms>();
        shop.Everybody.MapPost("/v2/delivery/express", BookV2);
    }

    public override async Task VisitAsync(Visit visit)
    {
        await visit.GetAsync("delivery");
        await visit.GetAsync("delivery/options");
        await visit.SendAsync(HttpMethod.Post, "delivery/express", null, v1: 409, v2: 409);
        await visit.GetAsync("delivery/pickup");
    }

    // v1: an anonymous type, made in a hurry: its members are none of those that clients look for.
    private static IResult ShowV1() => Results.Ok(new { by = s_delivery.Kind, inDays = s_delivery.Days });

    // v2: the declared type is the returned one.
    private static Ok<DeliveryTerms> ShowV2() => TypedResults.Ok(s_delivery);

    // v1: serialised by hand, and then by the framework: a string with backslashes.
    private static Ok<string> ListV1() => TypedResults.Ok(JsonSerializer.Serialize(new[] { s_delivery }));

    // v2: serialising is the framework's work.
    private static Ok<DeliveryTerms[]> ListV2() => TypedResults.Ok(new[] { s_delivery });

    // v1: nobody was told that this may answer 409.
    private static IResult BookV1() => Results.Conflict();

    // v2: the return type tells.
    private static Results<Ok<DeliveryTerms>, Conflict> BookV2() => TypedResults.Conflict();
}

[ApiController]
[AllowAnonymous]
public sealed class PickupController : ControllerBase
{
    // v1: ActionResult<T> lets anything pass that goes through Ok(…).
    [HttpGet("/v1/delivery/pickup")]
    public ActionResult<DeliveryTerms> ShowV1() => Ok(new Dictionary<string, object> { ["kind"] = "pickup" });

    // v2: the object itself, checked by the compiler.
    [HttpGet("/v2/delivery/pickup")]
    public ActionResult<DeliveryTerms> ShowV2() => new DeliveryTerms("pickup", 0);
}

public sealed record DeliveryTerms(string Kind, int Days);
