using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;

using BitFaster.Caching.Lru;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.ObjectPool;

using Pitfalls.Runtime.IntegrationTests.Support;

using ZiggyCreatures.Caching.Fusion;

namespace Pitfalls.Runtime.IntegrationTests.State;

/// <summary>Well-behaved libraries at work, at their capacity or on their way to it: nothing is said about them.</summary>
[Collection(StaticsCollection.Name)]
public class LibrariesTests
{
    private const string Here = "Pitfalls.Runtime.IntegrationTests.State.LibrariesTests.";

    [Fact]
    public async Task StaysSilent_on_caches_that_bound_themselves()
    {
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/{i}", async (int i, Caches caches, IFusionCache fusion, HybridCache hybrid, IMemoryCache memory) =>
            {
                caches.Add(i);
                Statics.Lru.GetOrAdd(i, k => k);
                Statics.Limited.Set(i, i, new MemoryCacheEntryOptions { Size = 1 });
                await fusion.GetOrSetAsync($"f{i}", _ => Task.FromResult(i));
                await hybrid.GetOrCreateAsync($"h{i}", i, static (n, _) => ValueTask.FromResult(n));
                memory.Set(i, i, TimeSpan.FromMinutes(10));
                return "";
            }),
            s =>
            {
                s.AddSingleton<Caches>();
                s.AddMemoryCache();
                s.AddFusionCache()
                    .WithDefaultEntryOptions(o => o.Size = 1)
                    .WithMemoryCache(new MemoryCache(new MemoryCacheOptions { SizeLimit = 100 }));
                s.AddHybridCache();
            });

        await app.ServeAsync(8, 60, "/{i}");

        await AssertSilentAsync(app);
        Assert.Equal(100, Statics.Lru.Count);
        Assert.True(Statics.Limited.Count <= 150);
    }

    [Fact]
    public async Task StaysSilent_on_the_frameworks_own_state()
    {
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.UseOutputCache();
                a.UseResponseCaching();
                a.MapControllers();
                a.MapGet("/{i}", async (int i, ShopContext db, IHttpContextAccessor accessor) =>
                {
                    Statics.Current.Value = i;
                    var builder = Statics.Pool.Get();
                    builder.Append(i);
                    Statics.Pool.Return(builder);
                    // Another query, another pattern, another type each time: the caches behind them are the framework's.
                    var odd = await db.Orders.Where(o => o.Id == i || o.Name == "n" + i).OrderBy(o => o.Id).Take((i % 7) + 1).ToListAsync();
                    _ = Regex.IsMatch("x" + i, $"x{i % 300}");
                    return JsonSerializer.Serialize(odd) + accessor.HttpContext!.TraceIdentifier;
                }).CacheOutput();
            },
            s =>
            {
                s.AddOutputCache();
                s.AddResponseCaching();
                s.AddHttpContextAccessor();
                s.AddSignalR();
                s.AddAuthorization();
                s.AddControllers().AddApplicationPart(typeof(LibrariesTests).Assembly);
                s.AddDbContextPool<ShopContext>(o => o.UseSqlite("DataSource=state-libraries;Mode=Memory;Cache=Shared"));
            });
        await using var keepOpen = await OpenAsync(app);

        await app.ServeAsync(8, 40, "/{i}");

        await AssertSilentAsync(app);
    }

    private static async Task AssertSilentAsync(TestApp app)
    {
        // Statics of other tests live in the same process: what counts is this one's, and everything that is no test's.
        var findings = (await app.FindingsAsync()).Where(f =>
            f.RuleId is "PIT2001" or "PIT2002" or "PIT2003" or "PIT2005"
            && (f.Evidence.GetValueOrDefault("field") ?? f.Evidence.GetValueOrDefault("singleton")) is string field
            && (field.StartsWith(Here, StringComparison.Ordinal) || !field.StartsWith("Pitfalls.Runtime.IntegrationTests.", StringComparison.Ordinal)));
        Assert.Empty(findings.Select(f => f.Message));
    }

    private static async Task<AsyncServiceScope> OpenAsync(TestApp app)
    {
        var scope = app.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ShopContext>();
        await db.Database.OpenConnectionAsync();
        await db.Database.EnsureCreatedAsync();
        return scope;
    }

    private static class Statics
    {
        public static readonly ConcurrentLru<int, int> Lru = new(100);
        public static readonly MemoryCache Limited = new(new MemoryCacheOptions { SizeLimit = 150 });
        public static readonly AsyncLocal<int> Current = new();
        public static readonly ObjectPool<System.Text.StringBuilder> Pool = new DefaultObjectPoolProvider().CreateStringBuilderPool();
    }

    private sealed class Caches
    {
        private readonly ConcurrentLru<int, int> _lru = new(100);
        private readonly ConcurrentTLru<int, int> _timed = new(100, TimeSpan.FromMinutes(1));
        private readonly ConcurrentDictionary<int, int> _tenants = new();

        public void Add(int i)
        {
            _lru.GetOrAdd(i, k => k);
            _timed.GetOrAdd(i, k => k);
            _tenants.TryAdd(i % 110, i);
        }
    }

    private sealed class ShopContext(DbContextOptions<ShopContext> options) : DbContext(options)
    {
        public DbSet<Order> Orders => Set<Order>();
    }

    private sealed class Order
    {
        public int Id { get; set; }

        public string Name { get; set; } = "";
    }
}
