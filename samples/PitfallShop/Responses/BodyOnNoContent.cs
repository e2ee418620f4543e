using System.Security.Claims;

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

using PitfallShop.Api;
using PitfallShop.Data;
using PitfallShop.Lessons;

namespace PitfallShop.Responses;

/// <summary>PIT3002: a body on a status that cannot have one.</summary>
public sealed class BodyOnNoContent : Lesson
{
    public override IReadOnlyList<Expectation> Expectations { get; } =
    [
        Finds("PIT3002", "DELETE /v1/orders/{id}"),
        Finds("PIT3002", "DELETE /v1/customers/me/avatar"),
    ];

    public override void Map(ShopRoutes shop)
    {
        shop.Customers.MapDelete("/v1/customers/me/avatar", RemoveAvatarV1).Produces<Removal>(StatusCodes.Status204NoContent);
        shop.Customers.MapDelete("/v2/customers/me/avatar", RemoveAvatarV2);
    }

    public override async Task VisitAsync(Visit visit)
    {
        await visit.DeleteAsync($"orders/{visit.OrderId}");
        await visit.DeleteAsync("customers/me/avatar");
    }

    // v1: the serializer sees that 204 takes no body and drops it; only its Content-Type goes out. Nobody ever reads the removal.
    private static async Task<IResult> RemoveAvatarV1(ClaimsPrincipal user, ShopDb db, ShopFolder folder, CancellationToken cancel)
    {
        await Avatars.RemoveAsync(user, db, folder, cancel);
        return Results.Json(new Removal("avatar"), statusCode: StatusCodes.Status204NoContent);
    }

    // v2: no content is no content.
    private static async Task<NoContent> RemoveAvatarV2(ClaimsPrincipal user, ShopDb db, ShopFolder folder, CancellationToken cancel)
    {
        await Avatars.RemoveAsync(user, db, folder, cancel);
        return TypedResults.NoContent();
    }
}

[ApiController]
[Authorize]
public sealed class CancellationController(ShopDb db) : ControllerBase
{
    // v1: the 204 goes out, then Kestrel throws at the first byte of the body: an error in the log, and the connection is closed.
    [HttpDelete("/v1/orders/{id}")]
    [ProducesResponseType<string>(StatusCodes.Status204NoContent)]
    public async Task CancelV1(int id, CancellationToken cancel)
    {
        await CancelAsync(id, cancel);
        Response.StatusCode = StatusCodes.Status204NoContent;
        await Response.WriteAsync($"Order {id} is cancelled.", cancel);
    }

    // v2: the status says all there is to say.
    [HttpDelete("/v2/orders/{id}")]
    [ProducesResponseType(StatusCodes.Status204NoContent)]
    public async Task<IActionResult> CancelV2(int id, CancellationToken cancel) => await CancelAsync(id, cancel) ? NoContent() : NotFound();

    private async Task<bool> CancelAsync(int id, CancellationToken cancel)
    {
        if (await db.OrderOf(User.CustomerId(), id).FirstOrDefaultAsync(cancel) is not { } order)
            return false;
        order.Status = OrderStatus.Cancelled;
        await db.SaveChangesAsync(cancel);
        return true;
    }
}

public sealed record Removal(string What);
