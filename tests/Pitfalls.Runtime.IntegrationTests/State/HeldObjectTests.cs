using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.State;

/// <summary>PIT2004 and PIT2006 through a real host.</summary>
[Collection(StaticsCollection.Name)]
public sealed class HeldObjectTests : IDisposable
{
    private const string Here = "Pitfalls.Runtime.IntegrationTests.State.HeldObjectTests.";

    public void Dispose()
    {
        Holders.Clear();
        Requests.Clear();
        Harmless.Clear();
    }

    [Fact]
    public async Task Flags_statics_that_hold_the_application_or_its_services()
    {
        await using var app = await TestApp.StartAsync(
            a =>
            {
                Holders.Fill(a);
                a.MapGet("/", () => "");
            },
            s =>
            {
                s.AddHttpContextAccessor();
                s.AddDbContext<Db>(o => o.UseSqlite("DataSource=:memory:"));
            });

        await app.ServeAsync(1, 1, "/");

        var found = (await app.FindingsAsync()).Where(f => f.RuleId == "PIT2004").ToDictionary(f => (string)f.Evidence["field"]);
        Assert.Equal(
            new Dictionary<string, string>
            {
                [Here + "Holders.App"] = "Application",
                [Here + "Holders.s_host"] = "Application",
                [Here + "Holders.Provider"] = "ServiceProvider",
                [Here + "Holders.Untyped"] = "ServiceProvider",
                [Here + "Holders.Lazy"] = "ServiceProvider",
                [Here + "Holders.Scope"] = "ServiceScope",
                [Here + "Holders.AsyncScope"] = "ServiceScope",
                [Here + "Holders.Database"] = "DbContext",
                [Here + "Holders.Accessor"] = "HttpContextAccessor",
            },
            found.ToDictionary(f => f.Key, f => (string)f.Value.Evidence["holds"]));
        Assert.All(found.Values, f =>
        {
            Assert.Equal(Here + "Holders.Fill", f.Location?.Function);
            Assert.Equal("HeldObjectTests.cs", f.Location?.File);
        });
        Assert.Contains("holds a service provider (IServiceProvider); Holders.Fill in HeldObjectTests.cs:line ", found[Here + "Holders.Provider"].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StaysSilent_on_statics_that_are_meant_to_be_shared()
    {
        await using var app = await TestApp.StartAsync(a =>
        {
            Harmless.Fill(a);
            a.MapGet("/", () => "");
        });

        await app.ServeAsync(2, 1, "/");

        Assert.DoesNotContain(await app.FindingsAsync(), f => f.RuleId == "PIT2004");
    }

    [Fact]
    public async Task StaysSilent_where_it_is_allowed()
    {
        await using var app = await TestApp.StartAsync(a =>
        {
            Harmless.Allowed = a.Services;
            a.MapGet("/", () => "");
        });

        await app.ServeAsync(1, 1, "/");

        Assert.DoesNotContain(await app.FindingsAsync(), f => f.RuleId == "PIT2004");
    }

    [Fact]
    public async Task Flags_a_stored_context_request_or_response()
    {
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/", (HttpContext context, Keeper keeper, Worker worker) =>
            {
                Requests.Current = context;
                keeper.Keep(context);
                worker.Response = context.Response;
                return "";
            }),
            s =>
            {
                s.AddSingleton<Keeper>();
                s.AddSingleton<Worker>();
                s.AddHostedService(p => p.GetRequiredService<Worker>());
            });

        await app.ServeAsync(1, 1, "/");

        var found = (await app.FindingsAsync()).Where(f => f.RuleId == "PIT2006").ToDictionary(f => (string)f.Evidence["field"]);
        Assert.Equal([Here + "Keeper._inner.Request", Here + "Requests.Current", Here + "Worker.Response"], found.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Here + "Keeper.Keep", found[Here + "Keeper._inner.Request"].Location?.Function);
        Assert.StartsWith("The context of a request is kept in the static field " + Here + "Requests.Current; ", found[Here + "Requests.Current"].Message, StringComparison.Ordinal);
        Assert.Equal(PitfallSeverity.Error, found[Here + "Worker.Response"].Severity);
        Assert.Equal("PIT2004", Assert.Single(await app.FindingsAsync(), f => f.RuleId == "PIT2004").RuleId);
    }

    [Fact]
    public async Task StaysSilent_on_an_accessor_a_scoped_keeper_and_live_connections()
    {
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/", (HttpContext context, ScopedKeeper keeper, Connections connections, WithAccessor accessor) =>
            {
                keeper.Context = context;
                connections.Add(context);
                return accessor.Path;
            }),
            s =>
            {
                s.AddHttpContextAccessor();
                s.AddScoped<ScopedKeeper>();
                s.AddSingleton<Connections>();
                s.AddSingleton<WithAccessor>();
            });

        await app.ServeAsync(2, 2, "/");

        await app.AssertSilentAsync("PIT2006");
    }

    private static class Holders
    {
        private static IHost? s_host;

        public static WebApplication? App { get; set; }

        public static IServiceProvider? Provider { get; set; }

        public static object? Untyped { get; set; }

        public static Lazy<IServiceProvider>? Lazy { get; set; }

        public static IServiceScope? Scope { get; set; }

        public static AsyncServiceScope? AsyncScope { get; set; }

        public static Db? Database { get; set; }

        public static IHttpContextAccessor? Accessor { get; set; }

        public static IServiceProvider? Nothing { get; set; }

        public static void Fill(WebApplication app)
        {
            App = app;
            s_host = app;
            Provider = app.Services;
            Untyped = app.Services;
            Lazy = new Lazy<IServiceProvider>(app.Services);
            Scope = app.Services.CreateScope();
            AsyncScope = app.Services.CreateAsyncScope();
            Database = Scope.ServiceProvider.GetRequiredService<Db>();
            Accessor = app.Services.GetRequiredService<IHttpContextAccessor>();
        }

        public static void Clear()
        {
            Scope?.Dispose();
            (App, s_host, Provider, Untyped, Lazy, Scope, AsyncScope, Database, Accessor, Nothing) = (null, null, null, null, null, null, null, null, null, null);
            GC.KeepAlive(s_host);
        }
    }

    private static class Harmless
    {
        public static readonly HttpClient Client = new();
        public static readonly System.Text.Json.JsonSerializerOptions Json = new();
        public static readonly System.Diagnostics.ActivitySource Source = new("state-tests");
        public static readonly System.Diagnostics.Metrics.Meter Meter = new("state-tests");
        public static readonly AsyncLocal<HttpContext?> Current = new();
        public const string Name = "x";

        public static ILogger? Logger { get; set; }

        public static IServiceScopeFactory? Scopes { get; set; }

        [AllowPitfall("PIT2004", "a console tool of one page")]
        public static IServiceProvider? Allowed { get; set; }

        public static void Fill(WebApplication app)
        {
            Logger = app.Logger;
            Scopes = app.Services.GetRequiredService<IServiceScopeFactory>();
        }

        public static void Clear() => (Logger, Scopes, Allowed) = (null, null, null);
    }

    private static class Requests
    {
        public static HttpContext? Current { get; set; }

        public static void Clear() => Current = null;
    }

    private sealed class Keeper
    {
        private readonly Inner _inner = new();

        public void Keep(HttpContext context) => _inner.Request = context.Request;
    }

    private sealed class Inner
    {
        public HttpRequest? Request { get; set; }
    }

    private sealed class Worker : BackgroundService
    {
        public HttpResponse? Response { get; set; }

        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Delay(Timeout.Infinite, stoppingToken);
    }

    private sealed class ScopedKeeper
    {
        public HttpContext? Context { get; set; }
    }

    private sealed class Connections
    {
        private readonly List<Inner> _live = [];

        public void Add(HttpContext context) => _live.Add(new Inner { Request = context.Request });
    }

    private sealed class WithAccessor(IHttpContextAccessor accessor)
    {
        public string Path => accessor.HttpContext?.Request.Path ?? "";
    }

    private sealed class Db(DbContextOptions<Db> options) : DbContext(options);
}
