using System.Security.Claims;

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

using PitfallShop.Api;
using PitfallShop.Data;
using PitfallShop.Lessons;

namespace PitfallShop.Responses;

/// <summary>PIT3003: an entity goes out as it lies in the database, with the password's hash and the security stamp.</summary>
public sealed class SensitiveProperty : Lesson
{
    public override IReadOnlyList<Expectation> Expectations { get; } =
    [
        Finds("PIT3003", "GET /v1/customers/me"),
        Finds("PIT3003", "GET /v1/admin/customers"),
    ];

    public override void Map(ShopRoutes shop)
    {
        shop.Customers.MapGet("/v1/customers/me", ShowV1);
        shop.Customers.MapGet("/v2/customers/me", ShowV2);
    }

    public override async Task VisitAsync(Visit visit)
    {
        await visit.GetAsync("customers/me");
        if (visit.IsAdministrator)
            await visit.GetAsync("admin/customers");
    }

    // v1: the entity is the response. Whatever column is added next goes out as well.
    private static async Task<Ok<Customer>> ShowV1(ClaimsPrincipal user, ShopDb db, CancellationToken cancel) =>
        TypedResults.Ok(await db.Customers.AsNoTracking().SingleAsync(c => c.Id == user.CustomerId(), cancel));

    // v2: the response has a type of its own, and the database is asked for no more than that.
    private static async Task<Ok<CustomerView>> ShowV2(ClaimsPrincipal user, ShopDb db, CancellationToken cancel) =>
        TypedResults.Ok(await db.Customers
            .Where(c => c.Id == user.CustomerId())
            .Select(c => new CustomerView(c.Id, c.Name, c.Email))
            .SingleAsync(cancel));
}

[ApiController]
[Authorize(Accounts.Administrator)]
public sealed class CustomersController(ShopDb db) : ControllerBase
{
    // v1: administrators see every customer's hash, and so does whoever reads their browser's cache.
    [HttpGet("/v1/admin/customers")]
    public async Task<ActionResult<List<Customer>>> ListV1(CancellationToken cancel) =>
        await db.Customers.AsNoTracking().OrderBy(c => c.Id).Take(20).ToListAsync(cancel);

    // v2: what the list shows, and nothing else.
    [HttpGet("/v2/admin/customers")]
    public async Task<ActionResult<List<CustomerView>>> ListV2(CancellationToken cancel) =>
        await db.Customers.OrderBy(c => c.Id).Take(20).Select(c => new CustomerView(c.Id, c.Name, c.Email)).ToListAsync(cancel);
}

public sealed record CustomerView(int Id, string Name, string Email);
