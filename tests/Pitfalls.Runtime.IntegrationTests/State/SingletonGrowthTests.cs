using System.Collections.Concurrent;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.State;

/// <summary>PIT2002 through a real host: singletons however they were registered, hosted services, and caches that nothing bounds.</summary>
[Collection(StaticsCollection.Name)]
public class SingletonGrowthTests
{
    private const string Here = "Pitfalls.Runtime.IntegrationTests.State.SingletonGrowthTests.";

    [Fact]
    public async Task Flags_a_singleton_however_it_was_registered()
    {
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/{i}", (int i, ByType t, IStore s, ByFactory f, [FromKeyedServices("k")] Keyed k, Open<string> o, ByInstance n, Worker w) =>
            {
                t.Add(i);
                s.Put(i);
                f.Add(i);
                k.Add(i);
                o.Add(i);
                n.Add(i);
                w.Enqueue(i);
                return "";
            }),
            s =>
            {
                s.AddSingleton<ByType>();
                s.AddSingleton<IStore, ByInterface>();
                s.AddSingleton(_ => new ByFactory());
                s.AddKeyedSingleton<Keyed>("k");
                s.AddSingleton(typeof(Open<>));
                s.AddSingleton(new ByInstance());
                s.AddSingleton<Worker>();
                s.AddHostedService(p => p.GetRequiredService<Worker>());
            });

        await app.ServeAsync(6, 25, "/{i}");

        string[] expected = ["ByType.Seen", "ByInterface._items", "ByFactory._seen", "Keyed._seen", "Open<T>._seen", "ByInstance._deep._seen", "Worker._queue"];
        var found = (await app.FindingsAsync()).Where(f => f.RuleId == "PIT2002").ToDictionary(f => (string)f.Evidence["field"]);
        Assert.Equal(expected.Select(e => Here + e).Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Here + "ByInterface.Put", found[Here + "ByInterface._items"].Location?.Function);
        Assert.Equal("SingletonGrowthTests.cs", found[Here + "ByInterface._items"].Location?.File);
        Assert.Equal(Here + "Deep.Add", found[Here + "ByInstance._deep._seen"].Location?.Function);
        Assert.Equal(1.0, found[Here + "Worker._queue"].Evidence["entriesPerRequest"]);
    }

    [Fact]
    public async Task Flags_the_containers_memory_cache()
    {
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/{i}", (int i, IMemoryCache cache) => cache.Set("user" + i, i)),
            s => s.AddMemoryCache());

        await app.ServeAsync(6, 25, "/{i}");

        var finding = await app.ExpectAsync("PIT2002");
        Assert.Equal("MemoryCache", finding.Evidence["kind"]);
        // Every place that fills a cache is named: the code does not tell which of them fills this one.
        Assert.Contains("SingletonGrowthTests.Flags_the_containers_memory_cache+lambda in SingletonGrowthTests.cs:line ", (string)finding.Evidence["writers"], StringComparison.Ordinal);
        Assert.Contains("SizeLimit", finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flags_a_memory_cache_in_a_field()
    {
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/{i}", (int i, Prices prices) =>
            {
                StaticCache.Cache.GetOrCreate(i, _ => i);
                return prices.Of(i);
            }),
            s => s.AddSingleton<Prices>());

        await app.ServeAsync(6, 25, "/{i}");

        Assert.Equal(Here + "Prices.Of", (await app.FindAsync("PIT2002", Here + "Prices._cache"))?.Location?.Function);
        Assert.NotNull(await app.FindAsync("PIT2002", Here + "StaticCache.Cache"));
        Assert.Null(await app.FindAsync("PIT2001", Here + "StaticCache.Cache"));
    }

    [Fact]
    public async Task StaysSilent_on_what_does_not_leak()
    {
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/{i}", async (int i, Bounded bounded, IMemoryCache cache, Drained drained, Recycled recycled, Scoped scoped) =>
            {
                scoped.Add(i);
                bounded.Add(i);
                recycled.Add(i);
                await drained.AddAsync(i);
                cache.Set(i, i, TimeSpan.FromMinutes(5));
                using var sliding = cache.CreateEntry("s" + i);
                sliding.SlidingExpiration = TimeSpan.FromMinutes(1);
                return "";
            }),
            s =>
            {
                s.AddMemoryCache();
                s.AddSingleton<Bounded>();
                s.AddSingleton<Recycled>();
                s.AddScoped<Scoped>();
                s.AddSingleton<Drained>();
                s.AddHostedService(p => p.GetRequiredService<Drained>());
            });

        await app.ServeAsync(8, 50, "/{i}");

        await app.AssertSilentAsync("PIT2001", "PIT2002");
    }

    [Fact]
    public async Task StaysSilent_in_another_host_of_the_process()
    {
        await using var quiet = await TestApp.StartAsync(a => a.MapGet("/{i}", (int i, ByType t) => t.Seen.Count), s => s.AddSingleton<ByType>());
        await using var leaking = await TestApp.StartAsync(
            a => a.MapGet("/{i}", (int i, ByType t) =>
            {
                t.Add(i);
                return "";
            }),
            s => s.AddSingleton<ByType>());

        await leaking.ServeAsync(6, 25, "/{i}");
        await quiet.ServeAsync(6, 25, "/{i}");

        Assert.NotNull(await leaking.FindAsync("PIT2002", Here + "ByType.Seen"));
        await quiet.AssertSilentAsync("PIT2002");
    }

    [Fact]
    public async Task A_singleton_nobody_has_asked_for_is_not_made()
    {
        var made = 0;
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/", () => ""),
            s => s.AddSingleton(_ =>
            {
                made++;
                return new ByFactory();
            }));

        await app.ServeAsync(2, 1, "/");

        Assert.Equal(0, made);
    }

    private sealed class ByType
    {
        public ConcurrentDictionary<int, string> Seen { get; } = new();

        public void Add(int i) => Seen.TryAdd(i, "");
    }

    private interface IStore
    {
        void Put(int i);
    }

    private sealed class ByInterface : IStore
    {
        private readonly List<int> _items = [];

        public void Put(int i)
        {
            lock (_items)
                _items.Add(i);
        }
    }

    private sealed class ByFactory
    {
        private readonly Dictionary<int, int> _seen = [];

        public void Add(int i) => _seen[i] = i;
    }

    private sealed class Keyed
    {
        private readonly HashSet<int> _seen = [];

        public void Add(int i) => _seen.Add(i);
    }

    private sealed class Open<T>
    {
        private readonly List<T?> _seen = [];

        public void Add(int i)
        {
            for (var n = 0; n <= i % 2; n++)
                _seen.Add(default);
        }
    }

    private sealed class ByInstance
    {
        private readonly Deep _deep = new();

        public void Add(int i) => _deep.Add(i);
    }

    private sealed class Deep
    {
        private readonly Stack<int> _seen = new();

        public void Add(int i) => _seen.Push(i);
    }

    private sealed class Worker : BackgroundService
    {
        private readonly ConcurrentQueue<int> _queue = new();

        public void Enqueue(int i) => _queue.Enqueue(i);

        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Delay(Timeout.Infinite, stoppingToken);
    }

    private sealed class Prices
    {
        private readonly MemoryCache _cache = new(new MemoryCacheOptions());

        public int Of(int i) => _cache.GetOrCreate(i, _ => i);
    }

    private static class StaticCache
    {
        public static readonly MemoryCache Cache = new(new MemoryCacheOptions());
    }

    private sealed class Bounded
    {
        private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = 100_000 });
        private readonly ConcurrentDictionary<int, int> _tenants = new();

        public void Add(int i)
        {
            _cache.Set(i, i, new MemoryCacheEntryOptions { Size = 1 });
            _tenants.GetOrAdd(i % 150, i);
        }
    }

    private sealed class Recycled
    {
        private Dictionary<int, int> _current = [];

        public void Add(int i)
        {
            lock (this)
            {
                if (_current.Count == 120)
                    _current = [];
                _current[i] = i;
            }
        }
    }

    private sealed class Scoped
    {
        private readonly List<int> _seen = [.. Enumerable.Range(0, 200)];

        public void Add(int i) => _seen.Add(i);
    }

    /// <summary>A hosted service that takes what requests put in; it may run behind.</summary>
    private sealed class Drained : BackgroundService
    {
        private readonly ConcurrentQueue<int> _queue = new();
        private readonly SemaphoreSlim _there = new(0);

        public async Task AddAsync(int i)
        {
            _queue.Enqueue(i);
            if (i % 60 == 59)
            {
                _there.Release();
                while (!_queue.IsEmpty)
                    await Task.Yield();
            }
        }

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await _there.WaitAsync(stoppingToken);
                while (_queue.TryDequeue(out _))
                {
                }
            }
        }
    }
}
