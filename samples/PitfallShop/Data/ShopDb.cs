using Microsoft.EntityFrameworkCore;

namespace PitfallShop.Data;

/// <summary>The shop's tables.</summary>
public sealed class ShopDb(DbContextOptions<ShopDb> options, WriteGate writers) : DbContext(options)
{
    public DbSet<Product> Products => Set<Product>();

    public DbSet<Customer> Customers => Set<Customer>();

    public DbSet<Order> Orders => Set<Order>();

    public DbSet<OrderLine> OrderLines => Set<OrderLine>();

    /// <summary>One customer's order. Always asked for with the customer, so that nobody reads another's by guessing numbers.</summary>
    public IQueryable<Order> OrderOf(int customerId, int orderId) => Orders.Where(o => o.Id == orderId && o.CustomerId == customerId);

    public override async Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        using (await writers.EnterAsync(cancellationToken))
            return await base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Product>().HasIndex(p => p.Sku).IsUnique();
        modelBuilder.Entity<Customer>().HasIndex(c => c.Email).IsUnique();
        modelBuilder.Entity<Order>().HasOne<Customer>().WithMany().HasForeignKey(o => o.CustomerId);
        modelBuilder.Entity<OrderLine>().HasOne<Product>().WithMany().HasForeignKey(l => l.ProductId);
    }
}
