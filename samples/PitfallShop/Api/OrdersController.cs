using System.ComponentModel.DataAnnotations;

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

using PitfallShop.Data;

namespace PitfallShop.Api;

/// <summary>A customer's own orders.</summary>
[ApiController]
[Authorize]
[Route("v2/orders")]
public sealed class OrdersController(ShopDb db, TimeProvider time) : ControllerBase
{
    [HttpGet]
    public async Task<ActionResult<List<OrderView>>> List(CancellationToken cancel)
    {
        var customer = User.CustomerId();
        var orders = await db.Orders.AsNoTracking().Include(o => o.Lines)
            .Where(o => o.CustomerId == customer).OrderByDescending(o => o.Id).Take(20).ToListAsync(cancel);
        return orders.ConvertAll(OrderView.From);
    }

    [HttpGet("{id}")]
    public async Task<ActionResult<OrderView>> Find(int id, CancellationToken cancel) =>
        await db.OrderOf(User.CustomerId(), id).AsNoTracking().Include(o => o.Lines).FirstOrDefaultAsync(cancel) is { } order
            ? OrderView.From(order)
            : NotFound();

    [HttpPost]
    [ProducesResponseType<OrderView>(StatusCodes.Status201Created)]
    [ProducesResponseType<ValidationProblemDetails>(StatusCodes.Status400BadRequest)]
    public async Task<ActionResult<OrderView>> Place(NewOrder wanted, CancellationToken cancel)
    {
        var skus = wanted.Lines.Select(l => l.Sku).ToList();
        var products = await db.Products.AsNoTracking().Where(p => skus.Contains(p.Sku)).ToDictionaryAsync(p => p.Sku, cancel);
        if (wanted.Lines.FirstOrDefault(l => !products.ContainsKey(l.Sku)) is { } unknown)
        {
            ModelState.AddModelError("sku", $"There is no product {unknown.Sku}.");
            return ValidationProblem();
        }

        var order = new Order { CustomerId = User.CustomerId(), PlacedAt = time.GetUtcNow() };
        foreach (var line in wanted.Lines)
        {
            var product = products[line.Sku];
            order.Lines.Add(new OrderLine { ProductId = product.Id, Quantity = line.Quantity, UnitPriceCents = product.PriceCents });
        }

        db.Add(order);
        await db.SaveChangesAsync(cancel);
        return CreatedAtAction(nameof(Find), new { id = order.Id }, OrderView.From(order));
    }
}

public sealed record NewOrder([Required, Length(1, 20)] IReadOnlyList<NewOrderLine> Lines);

public sealed record NewOrderLine([Required] string Sku, [Range(1, 100)] int Quantity);

public sealed record OrderView(int Id, DateTimeOffset PlacedAt, OrderStatus Status, int TotalCents)
{
    public static OrderView From(Order order) =>
        new(order.Id, order.PlacedAt, order.Status, order.Lines.Sum(l => l.Quantity * l.UnitPriceCents));
}
