using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Pitfalls.Runtime.DependencyTests.Support;

public class Customer
{
    public int Id { get; set; }

    public string Name { get; set; } = "";

    public virtual List<Order> Orders { get; set; } = [];
}

public class Order
{
    public int Id { get; set; }

    public int CustomerId { get; set; }

    public int Total { get; set; }

    public virtual Customer? Customer { get; set; }
}

public class ShopContext(DbContextOptions<ShopContext> options) : DbContext(options)
{
    public DbSet<Customer> Customers => Set<Customer>();

    public DbSet<Order> Orders => Set<Order>();
}

/// <summary>A SQLite database in memory that lives as long as this object: ten customers with two orders each.</summary>
public sealed class ShopDatabase : IDisposable
{
    private readonly SqliteConnection _keepsItAlive;

    public ShopDatabase()
    {
        ConnectionString = $"Data Source=file:{Guid.NewGuid():n}?mode=memory&cache=shared";
        _keepsItAlive = new SqliteConnection(ConnectionString);
        _keepsItAlive.Open();
        using var shop = Open();
        Fill(shop);
    }

    public string ConnectionString { get; }

    public ShopContext Open() => new(new DbContextOptionsBuilder<ShopContext>().UseSqlite(ConnectionString).Options);

    public static void Fill(ShopContext shop)
    {
        shop.Database.EnsureCreated();
        for (var i = 1; i <= 10; i++)
            shop.Add(new Customer { Name = $"customer {i}", Orders = [new Order { Total = i }, new Order { Total = 2 * i }] });
        shop.SaveChanges();
    }

    public void Dispose() => _keepsItAlive.Dispose();
}

public static class ShopServices
{
    /// <summary>The database, closed with the app.</summary>
    public static void AddShop(this IServiceCollection services, Action<DbContextOptionsBuilder>? more = null)
    {
        var database = new ShopDatabase();
        services.AddSingleton(_ => database);
        services.AddDbContext<ShopContext>(options =>
        {
            options.UseSqlite(database.ConnectionString);
            more?.Invoke(options);
        });
    }
}
