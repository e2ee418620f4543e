using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.State;

/// <summary>PIT2005 through a real host: what scope validation would find, and what it cannot, in Production where it does not run.</summary>
public class CaptiveDependencyTests
{
    private const string Here = "Pitfalls.Runtime.IntegrationTests.State.CaptiveDependencyTests.";

    [Fact]
    public async Task Flags_a_constructor_before_anybody_asks_for_the_singleton()
    {
        await using var app = await StartAsync(s => s.AddSingleton<Catalog>().AddTransient<Prices>());

        await app.ServeAsync(1, 1, "/");

        var finding = await app.ExpectAsync("PIT2005");
        Assert.Equal(
            $"The singleton {Here}Catalog gets the scoped service {Here}ShopContext through its constructor and keeps it for the life of the app ({Here}Catalog → {Here}Prices → {Here}ShopContext).",
            finding.Message);
        Assert.Equal(Here + "Catalog", finding.Location?.Function[..(Here.Length + 7)]);
        Assert.Equal("CaptiveDependencyTests.cs", finding.Location?.File);
        Assert.NotNull(finding.Location?.Line);
        Assert.Equal(PitfallSeverity.Error, finding.Severity);
    }

    [Fact]
    public async Task Flags_a_hosted_service_and_a_framework_service_that_is_scoped()
    {
        await using var app = await StartAsync(s => s.AddHostedService<Worker>());

        await app.ServeAsync(1, 1, "/");

        var finding = await app.ExpectAsync("PIT2005");
        Assert.Equal(Here + "Worker", finding.Evidence["singleton"]);
        Assert.Equal("Microsoft.Extensions.Options.IOptionsSnapshot<TOptions>", finding.Evidence["scoped"]);
    }

    [Fact]
    public async Task Flags_a_factory_that_asks_the_root_for_it()
    {
        await using var app = await StartAsync(
            s => s.AddSingleton(p => new ByFactory(p.GetRequiredService<IClock>())).AddScoped<IClock, Clock>(),
            a => a.MapGet("/use", (ByFactory f) => f.Now));

        await app.ServeAsync(1, 1, "/use");

        var finding = await app.ExpectAsync("PIT2005");
        Assert.Equal($"{Here}ByFactory", finding.Evidence["singleton"]);
        Assert.Equal($"{Here}Clock", finding.Evidence["scoped"]);
        Assert.Equal("objects", finding.Evidence["seenIn"]);
        Assert.StartsWith("CaptiveDependencyTests.cs", finding.Location?.File, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flags_a_factory_with_a_scope_that_never_ends()
    {
        await using var app = await StartAsync(
            s => s.AddSingleton(p => new ByFactory(p.CreateScope().ServiceProvider.GetRequiredService<IClock>())).AddScoped<IClock, Clock>(),
            a => a.MapGet("/use", (ByFactory f) => f.Now));

        await app.ServeAsync(3, 1, "/use");

        Assert.Equal($"{Here}Clock", (await app.ExpectAsync("PIT2005")).Evidence["scoped"]);
    }

    [Fact]
    public async Task Flags_a_property_set_by_requests()
    {
        await using var app = await StartAsync(
            s => s.AddSingleton<Settable>().AddScoped<IClock, Clock>(),
            a => a.MapGet("/use", (Settable settable, IClock clock) =>
            {
                settable.Clock = clock;
                return "";
            }));

        await app.ServeAsync(6, 1, "/use");

        var finding = await app.ExpectAsync("PIT2005");
        Assert.Equal($"{Here}Settable.Clock", finding.Evidence["field"]);
        Assert.Equal(Here + "Flags_a_property_set_by_requests+lambda", finding.Location?.Function);
    }

    [Fact]
    public async Task Flags_what_transients_and_lists_hide()
    {
        await using var app = await StartAsync(
            s => s.AddSingleton<OverList>().AddTransient<IHandler>(p => new Handler(p.GetRequiredService<IClock>())).AddScoped<IClock, Clock>(),
            a => a.MapGet("/use", (OverList list) => list.Count));

        await app.ServeAsync(1, 1, "/use");

        Assert.Equal($"{Here}OverList._handlers._clock", (await app.ExpectAsync("PIT2005")).Evidence["field"]);
    }

    [Fact]
    public async Task Seen_in_registrations_and_in_objects_it_is_one_finding()
    {
        await using var app = await StartAsync(
            s => s.AddSingleton<Direct>().AddScoped<IClock, Clock>(),
            a => a.MapGet("/use", (Direct d) => d.Now));

        await app.ServeAsync(4, 1, "/use");

        var finding = Assert.Single(await app.FindingsAsync(), f => f.RuleId == "PIT2005");
        Assert.Equal("registrations", finding.Evidence["seenIn"]);
        Assert.True(finding.Count > 1);
    }

    [Fact]
    public async Task Flags_what_the_root_provider_is_asked_for_and_once_for_all_it_needs()
    {
        await using var app = await StartAsync(
            s => s.AddScoped<Orders>().AddScoped<IClock, Clock>(),
            a => _ = a.Services.GetRequiredService<Orders>().Now);

        await app.ServeAsync(2, 1, "/");

        var finding = Assert.Single(await app.FindingsAsync(), f => f.RuleId == "PIT2005");
        Assert.Equal($"{Here}Orders is registered as scoped and was asked of the root provider, which keeps it for the life of the app.", finding.Message);
        Assert.Equal("root provider", finding.Evidence["singleton"]);
        Assert.Equal(1, finding.Count);
        Assert.Equal("CaptiveDependencyTests.cs", finding.Location?.File);
    }

    [Fact]
    public async Task Finds_what_scope_validation_finds()
    {
        // The same registrations, first with validation on, as in Development.
        static void Register(IServiceCollection s) => s
            .AddDbContext<ShopContext>(o => o.UseSqlite("DataSource=:memory:"))
            .AddSingleton<Catalog>().AddTransient<Prices>()
            .AddSingleton<Direct>().AddScoped<IClock, Clock>()
            .AddSingleton(typeof(Cache<>)).AddScoped(typeof(IRepository<>), typeof(Repository<>)).AddSingleton<OverGeneric>()
            .AddKeyedScoped<IClock, Clock>("k").AddSingleton<OverKey>()
            .AddSingleton<OverClocks>();
        var services = new ServiceCollection();
        Register(services);
        var validated = Assert.Throws<AggregateException>(() => services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true }));

        await using var app = await StartAsync(Register);
        await app.ServeAsync(1, 1, "/");

        var found = (await app.FindingsAsync()).Where(f => f.RuleId == "PIT2005").Select(f => ((string)f.Evidence["singleton"]).Replace(Here, "", StringComparison.Ordinal));
        string[] expected = ["Catalog", "Direct", "OverGeneric", "OverKey", "OverClocks"];
        Assert.Equal(expected.Order(StringComparer.Ordinal), found.Where(f => f != "Cache<T>").Distinct().Order(StringComparer.Ordinal));
        foreach (var singleton in expected)
            Assert.Contains(validated.InnerExceptions, e => e.Message.Contains("+" + singleton, StringComparison.Ordinal));
        // Validation leaves open generics out; whoever closes one finds out in production.
        Assert.Contains("Cache<T>", found);
        Assert.DoesNotContain(validated.InnerExceptions, e => e.Message.Contains("+Cache`1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task StaysSilent_on_the_right_ways()
    {
        await using var app = await StartAsync(
            s => s
                .AddScoped<IClock, Clock>()
                .AddSingleton<Scoping>()
                .AddSingleton<Func<IClock>>(p => () => p.CreateScope().ServiceProvider.GetRequiredService<IClock>())
                .AddSingleton<Own>()
                .AddScoped<Owned>()
                .AddDbContextFactory<FactoryContext>(o => o.UseSqlite("DataSource=:memory:")),
            a => a.MapGet("/use", async (Scoping scoping, Own own, Func<IClock> clock, IDbContextFactory<FactoryContext> contexts) =>
            {
                await using var context = await contexts.CreateDbContextAsync();
                return own.Value + scoping.Now + clock().Now;
            }));

        await app.ServeAsync(6, 2, "/use");

        await app.AssertSilentAsync("PIT2005");
    }

    [Fact]
    public async Task StaysSilent_between_services_of_the_framework()
    {
        await using var app = await StartAsync(s =>
        {
            s.AddControllers();
            s.AddRazorPages();
            s.AddSignalR();
            s.AddAuthentication().AddCookie();
            s.AddAuthorization();
            s.AddHttpClient();
            s.AddHealthChecks();
            s.AddOutputCache();
            s.AddResponseCompression();
            s.AddProblemDetails();
        });

        await app.ServeAsync(2, 1, "/");

        await app.AssertSilentAsync("PIT2005");
    }

    [Fact]
    public async Task StaysSilent_where_it_is_allowed()
    {
        await using var app = await StartAsync(s => s.AddSingleton<Allowed>().AddScoped<IClock, Clock>());

        await app.ServeAsync(1, 1, "/");

        await app.AssertSilentAsync("PIT2005");
    }

    private static Task<TestApp> StartAsync(Action<IServiceCollection> services, Action<WebApplication>? app = null) => TestApp.StartAsync(
        a =>
        {
            a.MapGet("/", () => "");
            app?.Invoke(a);
        },
        s =>
        {
            s.AddDbContext<ShopContext>(o => o.UseSqlite("DataSource=:memory:"));
            services(s);
        },
        environment: "Production");

    private interface IClock
    {
        string Now { get; }
    }

    private interface IHandler;

    private sealed class Clock : IClock
    {
        public string Now => "now";
    }

    private sealed class ShopContext(DbContextOptions<ShopContext> options) : DbContext(options);

    private sealed class FactoryContext(DbContextOptions<FactoryContext> options) : DbContext(options);

    private sealed class Prices(ShopContext context)
    {
        public object Of => context;
    }

    private sealed class Catalog(Prices prices)
    {
        public object All => prices;
    }

    private sealed class WorkerOptions;

    private sealed class Worker(IOptionsSnapshot<WorkerOptions> options) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.FromResult(options);
    }

    private sealed class ByFactory(IClock clock)
    {
        public string Now => clock.Now;
    }

    private sealed class Direct(IClock clock)
    {
        public string Now => clock.Now;
    }

    private sealed class Orders(IClock clock)
    {
        public string Now => clock.Now;
    }

    private interface IRepository<T>;

    private sealed class Repository<T> : IRepository<T>;

    private sealed class OverGeneric(IRepository<string> words)
    {
        public object Words => words;
    }

    private sealed class Cache<T>(IRepository<T> items)
    {
        public object Items => items;
    }

    private sealed class OverKey([FromKeyedServices("k")] IClock clock)
    {
        public string Now => clock.Now;
    }

    private sealed class OverClocks(IEnumerable<IClock> clocks)
    {
        public object All => clocks;
    }

    private sealed class Settable
    {
        public IClock? Clock { get; set; }
    }

    private sealed class Handler(IClock clock) : IHandler
    {
        private readonly IClock _clock = clock;

        public override string ToString() => _clock.Now;
    }

    private sealed class OverList(IEnumerable<IHandler> handlers)
    {
        private readonly IHandler[] _handlers = [.. handlers];

        public int Count => _handlers.Length;
    }

    private sealed class Scoping(IServiceScopeFactory scopes, IServiceProvider services)
    {
        public string Now
        {
            get
            {
                using var scope = scopes.CreateScope();
                using var other = services.CreateScope();
                return scope.ServiceProvider.GetRequiredService<IClock>().Now + other.ServiceProvider.GetRequiredService<IClock>().Now;
            }
        }
    }

    /// <summary>Registered as scoped for others; this one is the singleton's own.</summary>
    private sealed class Owned
    {
        public string Text => "";
    }

    private sealed class Own
    {
        private readonly Owned _owned = new();

        public string Value => _owned.Text;
    }

    [AllowPitfall("PIT2005", "the clock has no state")]
    private sealed class Allowed(IClock clock)
    {
        public string Now => clock.Now;
    }
}
