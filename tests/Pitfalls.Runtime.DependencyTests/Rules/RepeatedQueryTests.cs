using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.DependencyTests.Support;
using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.DependencyTests.Rules;

/// <summary>PIT5005 through real hosts.</summary>
public class RepeatedQueryTests
{
    [Theory]
    [InlineData("/loop", "Orders", 10)]
    [InlineData("/lazy", "Orders", 10)]
    [InlineData("/repository", "Orders", 10)]
    [InlineData("/resolvers", "Orders", 10)]
    [InlineData("/saves", "Customers", 6)]
    [InlineData("/updates", "Customers", 10)]
    [InlineData("/find", "Customers", 10)]
    public async Task Flags_the_same_command_again_and_again(string path, string table, int count)
    {
        await using var app = await StartAsync();

        (await app.Client.GetAsync(path)).EnsureSuccessStatusCode();

        var finding = await app.ExpectAsync("PIT5005");
        Assert.Equal([$"GET {path}"], finding.Routes);
        Assert.Equal(count, finding.Evidence["count"]);
        Assert.Equal(table, finding.Evidence["table"]);
        Assert.Equal("RepeatedQueryTests.cs", finding.Location?.File);
        Assert.True((double)finding.Evidence["milliseconds"] > 0);
    }

    [Theory]
    [InlineData("/few")]
    [InlineData("/include")]
    [InlineData("/split")]
    [InlineData("/different")]
    [InlineData("/one-save")]
    [InlineData("/keys")]
    [InlineData("/parents")]
    public async Task StaysSilent_on_queries_that_ask_once(string path)
    {
        await using var app = await StartAsync();

        for (var i = 0; i < 3; i++)
            (await app.Client.GetAsync(path)).EnsureSuccessStatusCode();

        await app.AssertSilentAsync("PIT5005");
        Assert.True(app.Services.GetRequiredService<Pitfalls.Runtime.Signals.Dependencies.DependencySignal>().Calls > 0);
    }

    [Fact]
    public async Task StaysSilent_on_a_stream_that_asks_again_and_again()
    {
        await using var app = await StartAsync();

        await app.Client.GetStringAsync("/events");

        await app.AssertSilentAsync("PIT5005");
    }

    [Fact]
    public async Task The_finding_names_the_frame_that_loops()
    {
        await using var app = await StartAsync();

        await app.Client.GetStringAsync("/repository");

        var finding = await app.ExpectAsync("PIT5005");
        Assert.EndsWith("Repository.Total", finding.Location?.Function, StringComparison.Ordinal);
        Assert.EndsWith("SumOfAll", (string)finding.Evidence["calledBy"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_request_counts_for_itself()
    {
        await using var app = await StartAsync();

        for (var i = 0; i < 12; i++)
            await app.Client.GetStringAsync("/one");

        await app.AssertSilentAsync("PIT5005");
    }

    [Fact]
    public async Task The_limit_is_a_setting()
    {
        await using var app = await StartAsync([new("Pitfalls:Rules:PIT5005:MinimumRepeats", "4")]);

        await app.Client.GetStringAsync("/few");

        Assert.Equal(4, (await app.ExpectAsync("PIT5005")).Evidence["count"]);
    }

    private static Task<TestApp> StartAsync(IEnumerable<KeyValuePair<string, string?>>? settings = null) => TestApp.StartAsync(
        app =>
        {
            app.MapGet("/loop", async (ShopContext shop) =>
            {
                var total = 0;
                foreach (var customer in await shop.Customers.ToListAsync())
                    total += await shop.Orders.Where(o => o.CustomerId == customer.Id).SumAsync(o => o.Total);
                return total;
            });
            app.MapGet("/lazy", async (LazyContext shop) =>
            {
                var total = 0;
                foreach (var customer in await shop.Customers.ToListAsync())
                    total += customer.Orders.Count;
                return total;
            });
            app.MapGet("/repository", SumOfAll);
            app.MapGet("/resolvers", async (IServiceScopeFactory scopes, ShopContext shop) =>
            {
                // As a GraphQL server does it: each field in parallel with a context of its own.
                var ids = await shop.Customers.Select(c => c.Id).ToListAsync();
                var totals = await Task.WhenAll(ids.Select(async id =>
                {
                    await using var scope = scopes.CreateAsyncScope();
                    return await scope.ServiceProvider.GetRequiredService<ShopContext>().Orders.Where(o => o.CustomerId == id).SumAsync(o => o.Total);
                }));
                return totals.Sum();
            });
            app.MapGet("/saves", async (ShopContext shop) =>
            {
                for (var i = 0; i < 6; i++)
                {
                    shop.Add(new Customer { Name = "new" });
                    await shop.SaveChangesAsync();
                }
            });
            app.MapGet("/updates", async (ShopContext shop) =>
            {
                for (var i = 1; i <= 10; i++)
                    await shop.Customers.Where(c => c.Id == i).ExecuteUpdateAsync(u => u.SetProperty(c => c.Name, "x"));
            });
            app.MapGet("/find", async (ShopContext shop) =>
            {
                for (var i = 1; i <= 10; i++)
                    await shop.Customers.FindAsync(i);
            });
            app.MapGet("/few", async (ShopContext shop) =>
            {
                for (var i = 1; i <= 4; i++)
                    await shop.Orders.CountAsync(o => o.CustomerId == i);
            });
            app.MapGet("/one", async (ShopContext shop) => await shop.Orders.CountAsync());
            app.MapGet("/include", async (ShopContext shop) => (await shop.Customers.Include(c => c.Orders).ToListAsync()).Count);
            app.MapGet("/split", async (ShopContext shop) => (await shop.Customers.Include(c => c.Orders).AsSplitQuery().ToListAsync()).Count);
            app.MapGet("/different", async (ShopContext shop) =>
            {
                await shop.Customers.CountAsync();
                await shop.Orders.CountAsync();
                await shop.Orders.AnyAsync();
                await shop.Orders.SumAsync(o => o.Total);
                await shop.Orders.MaxAsync(o => o.Total);
                await shop.Orders.MinAsync(o => o.Total);
            });
            app.MapGet("/one-save", async (ShopContext shop) =>
            {
                for (var i = 0; i < 20; i++)
                    shop.Add(new Customer { Name = "new" });
                await shop.SaveChangesAsync();
            });
            app.MapGet("/keys", async (ShopContext shop) =>
            {
                int[] ids = [1, 2, 3, 4, 5, 6];
                await shop.Orders.Where(o => ids.Contains(o.CustomerId)).ToListAsync();
            });
            app.MapGet("/parents", async (ShopContext shop) => (await shop.Orders.Include(o => o.Customer).ToListAsync()).Count);
            app.MapGet("/events", (ShopContext shop) => TypedResults.ServerSentEvents(Poll(shop)));
        },
        services =>
        {
            services.AddShop();
            services.AddDbContext<LazyContext>((provider, options) =>
                options.UseSqlite(provider.GetRequiredService<ShopDatabase>().ConnectionString).UseLazyLoadingProxies());
            services.AddScoped<Repository>();
        },
        settings: settings);

    private static async Task<int> SumOfAll(Repository repository, ShopContext shop)
    {
        var total = 0;
        foreach (var id in await shop.Customers.Select(c => c.Id).ToListAsync())
            total += await repository.Total(id);
        return total;
    }

    private static async IAsyncEnumerable<int> Poll(ShopContext shop)
    {
        for (var i = 0; i < 20; i++)
            yield return await shop.Orders.CountAsync();
    }

    private sealed class Repository(ShopContext shop)
    {
        public async Task<int> Total(int customer) => await shop.Orders.Where(o => o.CustomerId == customer).SumAsync(o => o.Total);
    }

    public class LazyContext(DbContextOptions<LazyContext> options) : DbContext(options)
    {
        public DbSet<Customer> Customers => Set<Customer>();

        public DbSet<Order> Orders => Set<Order>();
    }
}
