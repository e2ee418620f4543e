using Microsoft.EntityFrameworkCore;

namespace PitfallShop.Data;

/// <summary>Registers the database: a SQLite file by default, PostgreSQL with <c>Database=postgres</c> and <c>ConnectionStrings:Shop</c>.</summary>
internal static class ShopData
{
    public static void AddShopData(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<ShopFolder>();
        if (string.Equals(configuration["Database"], "postgres", StringComparison.OrdinalIgnoreCase))
        {
            var server = configuration.GetConnectionString("Shop")
                ?? throw new InvalidOperationException("Database=postgres needs the connection string ConnectionStrings:Shop.");
            services.AddSingleton(_ => WriteGate.Open());
            services.AddDbContext<ShopDb>(options => options.UseNpgsql(server));
        }
        else
        {
            services.AddSingleton(_ => WriteGate.OneAtATime());
            services.AddDbContext<ShopDb>((provider, options) =>
                options.UseSqlite($"Data Source={provider.GetRequiredService<ShopFolder>().Database}"));
        }

        services.AddHostedService<ShopSeed>();
    }
}
