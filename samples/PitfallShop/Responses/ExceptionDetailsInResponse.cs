using System.Collections.Frozen;

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

using PitfallShop.Api;
using PitfallShop.Data;
using PitfallShop.Lessons;

namespace PitfallShop.Responses;

/// <summary>PIT3007: the exception is the answer, with its type, its text and the way through the code.</summary>
public sealed class ExceptionDetailsInResponse : Lesson
{
    private static readonly FrozenDictionary<string, decimal> s_rates =
        new Dictionary<string, decimal> { ["EUR"] = 1m, ["USD"] = 1.09m, ["CHF"] = 0.94m }.ToFrozenDictionary();

    public override IReadOnlyList<Expectation> Expectations { get; } =
    [
        Finds("PIT3007", "GET /v1/products/{id}/price"),
        Finds("PIT3007", "GET /v1/orders/{id}/delivery"),
    ];

    public override void Map(ShopRoutes shop)
    {
        shop.Everybody.MapGet("/v1/products/{id}/price", PriceV1).ProducesProblem(StatusCodes.Status500InternalServerError);
        shop.Everybody.MapGet("/v2/products/{id}/price", PriceV2);
    }

    public override async Task VisitAsync(Visit visit)
    {
        await visit.GetAsync("products/7/price?currency=CHF");
        await visit.GetAsync("products/7/price?currency=XYZ", v1: 500, v2: 400);
        await visit.GetAsync($"orders/{visit.OrderId}/delivery?zone=Mars/Olympus", v1: 500, v2: 400);
    }

    // v1: every exception is caught and shown, to help the client. It helps whoever attacks, too.
    private static async Task<Results<Ok<PriceView>, NotFound, ProblemHttpResult>> PriceV1(int id, string currency, ShopDb db, CancellationToken cancel)
    {
        try
        {
            return await db.Products.FindAsync([id], cancel) is { } product
                ? TypedResults.Ok(new PriceView(currency, product.PriceCents / 100m * s_rates[currency]))
                : TypedResults.NotFound();
        }
        catch (Exception exception)
        {
            return TypedResults.Problem(exception.ToString());
        }
    }

    // v2: what a client can get wrong is checked and said in its words; the rest is left to the exception handler, which logs it.
    private static async Task<Results<Ok<PriceView>, NotFound, ValidationProblem>> PriceV2(int id, string currency, ShopDb db, CancellationToken cancel)
    {
        if (!s_rates.TryGetValue(currency, out var rate))
            return TypedResults.ValidationProblem([new("currency", ["Prices are in EUR, USD or CHF."])]);
        return await db.Products.FindAsync([id], cancel) is { } product
            ? TypedResults.Ok(new PriceView(currency, product.PriceCents / 100m * rate))
            : TypedResults.NotFound();
    }
}

[ApiController]
[Authorize]
public sealed class DeliveryController(ShopDb db) : ControllerBase
{
    private static readonly TimeSpan s_onTheWay = TimeSpan.FromDays(2);

    // v1: the text of the exception is the body, stack trace and all.
    [HttpGet("/v1/orders/{id}/delivery")]
    [ProducesResponseType<DeliveryView>(StatusCodes.Status200OK)]
    [ProducesResponseType<string>(StatusCodes.Status500InternalServerError)]
    public async Task<ActionResult<DeliveryView>> ShowV1(int id, string zone, CancellationToken cancel)
    {
        try
        {
            return await DeliveryOf(id, TimeZoneInfo.FindSystemTimeZoneById(zone), cancel) is { } delivery ? delivery : NotFound();
        }
        catch (Exception exception)
        {
            return StatusCode(StatusCodes.Status500InternalServerError, exception.ToString());
        }
    }

    // v2: an unknown zone is the client's mistake and gets a 400 that names the parameter.
    [HttpGet("/v2/orders/{id}/delivery")]
    [ProducesResponseType<DeliveryView>(StatusCodes.Status200OK)]
    [ProducesResponseType<ValidationProblemDetails>(StatusCodes.Status400BadRequest)]
    public async Task<ActionResult<DeliveryView>> ShowV2(int id, string zone, CancellationToken cancel)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var known))
        {
            ModelState.AddModelError(nameof(zone), "This is no time zone.");
            return ValidationProblem();
        }

        return await DeliveryOf(id, known, cancel) is { } delivery ? delivery : NotFound();
    }

    private async Task<DeliveryView?> DeliveryOf(int id, TimeZoneInfo zone, CancellationToken cancel) =>
        await db.OrderOf(User.CustomerId(), id).AsNoTracking().FirstOrDefaultAsync(cancel) is { } order
            ? new DeliveryView(order.Id, TimeZoneInfo.ConvertTime(order.PlacedAt + s_onTheWay, zone))
            : null;
}

public sealed record PriceView(string Currency, decimal Amount);

public sealed record DeliveryView(int OrderId, DateTimeOffset ExpectedAt);
