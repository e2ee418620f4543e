using Microsoft.EntityFrameworkCore;

namespace PitfallShop.Data;

/// <summary>Fills an empty database, the same rows every time. A hosted service: what only registers services must not touch a database.</summary>
internal sealed class ShopSeed(IServiceScopeFactory scopes) : IHostedService
{
    private static readonly string[] s_adjectives = ["Woollen", "Linen", "Striped", "Plain", "Warm", "Light"];
    private static readonly string[] s_things = ["Scarf", "Jumper", "Hat", "Sock", "Glove", "Blanket", "Apron", "Bag", "Shawl", "Cushion"];
    private static readonly string[] s_names = ["Ada", "Barbara", "Edsger", "Frances", "Grace", "Donald", "Margaret", "Niklaus"];
    private static readonly DateTimeOffset s_opening = new(2026, 1, 2, 9, 0, 0, TimeSpan.Zero);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ShopDb>();
        await db.Database.EnsureCreatedAsync(cancellationToken);
        if (await db.Products.AnyAsync(cancellationToken))
            return;

        var random = new Random(2026);
        var products = Products(random);
        var customers = Customers(random);
        db.AddRange(products);
        db.AddRange(customers);
        await db.SaveChangesAsync(cancellationToken);
        db.AddRange(Orders(random, products, customers));
        await db.SaveChangesAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static List<Product> Products(Random random) =>
    [
        .. s_adjectives.SelectMany(_ => s_things, (adjective, thing) => $"{adjective} {thing}").Select((name, i) => new Product
        {
            Sku = $"KNIT-{i + 1:D4}",
            Name = name,
            PriceCents = random.Next(5, 120) * 100 - 1,
            Stock = random.Next(0, 10_000),
        }),
    ];

    private static List<Customer> Customers(Random random) =>
    [
        .. Enumerable.Range(1, 40).Select(i => new Customer
        {
            Name = s_names[i % s_names.Length],
            Email = $"customer{i}@shop.example",
            // Random bytes are the hash of no password: nobody can sign in as one of these.
            PasswordHash = Convert.ToBase64String(Bytes(random, 61)),
            SecurityStamp = Convert.ToHexString(Bytes(random, 16)),
        }),
    ];

    private static IEnumerable<Order> Orders(Random random, List<Product> products, List<Customer> customers)
    {
        for (var i = 0; i < 120; i++)
        {
            var order = new Order
            {
                CustomerId = customers[random.Next(customers.Count)].Id,
                PlacedAt = s_opening.AddHours(7 * i),
                Status = i % 3 == 0 ? OrderStatus.Placed : OrderStatus.Shipped,
            };
            foreach (var product in random.GetItems(products.ToArray(), 2).Distinct())
                order.Lines.Add(new OrderLine { ProductId = product.Id, Quantity = random.Next(1, 4), UnitPriceCents = product.PriceCents });
            yield return order;
        }
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
