using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

using Pitfalls.Runtime.DependencyTests.Support;
using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.DependencyTests.Rules;

/// <summary>PIT1003 through real hosts.</summary>
public class SynchronousIoTests
{
    public static TheoryData<string> FlaggedPaths { get; } =
        ["/list", "/foreach", "/after-await", "/interface", "/save", "/middleware", "/sync/mvc", "/filter", "/count", "/raw", "/execute-update", "/find"];

    public static TheoryData<string> SilentPaths { get; } =
        ["/async/list", "/async/foreach", "/async/save", "/async/interface", "/async/middleware", "/async/mvc", "/async/execute-update", "/local", "/async/stream"];

    [Theory]
    [MemberData(nameof(FlaggedPaths))]
    public async Task Flags_a_command_that_holds_the_requests_thread(string path)
    {
        await using var app = await StartAsync();

        (await app.Client.GetAsync(path)).EnsureSuccessStatusCode();

        var finding = await app.ExpectAsync("PIT1003");
        Assert.Equal("SynchronousIoTests.cs", finding.Location?.File);
        Assert.Equal("sqlite", finding.Evidence["system"]);
        Assert.Contains(path, Assert.Single(finding.Routes).Replace("(no endpoint)", "/middleware", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SilentPaths))]
    public async Task StaysSilent_on_awaited_commands(string path)
    {
        await using var app = await StartAsync();

        for (var i = 0; i < 3; i++)
            (await app.Client.GetAsync(path)).EnsureSuccessStatusCode();

        await app.AssertSilentAsync("PIT1003");
        Assert.True(path == "/local" || Seen(app) > 0, "no call was seen");
    }

    [Fact]
    public async Task StaysSilent_outside_of_requests()
    {
        await using var app = await StartAsync(s => s.AddHostedService<ReadsAtStart>());

        await app.Client.GetStringAsync("/local");

        await app.AssertSilentAsync("PIT1003");
        Assert.True(Seen(app) > 0);
    }

    [Fact]
    public async Task Flags_in_production_too()
    {
        await using var app = await StartAsync(environment: "Production");

        await app.Client.GetStringAsync("/list");

        Assert.Equal(PitfallSeverity.Warning, (await app.ExpectAsync("PIT1003")).Severity);
    }

    [Fact]
    public async Task The_finding_points_at_the_line_and_tells_no_value()
    {
        await using var app = await StartAsync();

        await app.Client.GetStringAsync("/count");

        var finding = await app.ExpectAsync("PIT1003", "GET /count");
        Assert.NotNull(finding.Location?.Line);
        Assert.Equal("SELECT", finding.Evidence["operation"]);
        Assert.Equal("Customers", finding.Evidence["table"]);
        Assert.DoesNotContain("secret", string.Join(' ', finding.Message, string.Join(' ', finding.Evidence.Values)), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Can_be_allowed_in_code()
    {
        await using var app = await StartAsync();

        await app.Client.GetStringAsync("/allowed");

        await app.AssertSilentAsync("PIT1003");
        Assert.True(Seen(app) > 0);
    }

    [Fact]
    public async Task Flags_a_synchronous_http_request_and_not_an_awaited_one()
    {
        await using var other = await TestApp.StartAsync(a => a.MapGet("/rate", () => "1.5"), withPitfalls: false);
        var address = new Uri(other.Address, "/rate");
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.MapGet("/send", (IHttpClientFactory clients) =>
                {
                    using var request = new HttpRequestMessage(HttpMethod.Get, address);
                    using var response = clients.CreateClient().Send(request);
                    return (int)response.StatusCode;
                });
                a.MapGet("/send-async", async (IHttpClientFactory clients) => await clients.CreateClient().GetStringAsync(address));
            },
            s => s.AddHttpClient());

        await app.Client.GetStringAsync("/send-async");
        await app.AssertSilentAsync("PIT1003");
        await app.Client.GetStringAsync("/send");

        var finding = await app.ExpectAsync("PIT1003");
        Assert.Equal(["GET /send"], finding.Routes);
        Assert.Equal("http", finding.Evidence["system"]);
    }

    [Fact]
    public async Task Flags_a_form_that_is_read_synchronously()
    {
        await using var app = await StartAsync();

        (await app.Client.PostAsync("/form", Form())).EnsureSuccessStatusCode();

        var finding = await app.ExpectAsync("PIT1003");
        Assert.Equal("Request.Form", finding.Evidence["call"]);
        Assert.Equal("SynchronousIoTests.cs", finding.Location?.File);
    }

    [Theory]
    [InlineData("/form-async")]
    [InlineData("/form-bound")]
    [InlineData("/form-mvc")]
    public async Task StaysSilent_on_forms_that_were_awaited(string path)
    {
        await using var app = await StartAsync();

        Assert.Equal("blue", await (await app.Client.PostAsync(path, Form())).Content.ReadAsStringAsync());

        await app.AssertSilentAsync("PIT1003");
    }

    [Theory]
    [InlineData("/read-sync", "Request.Body.Read")]
    [InlineData("/read-sync-switched-on", "Request.Body.Read")]
    [InlineData("/write-sync", "Response.Body.Write")]
    public async Task Flags_bodies_that_are_read_or_written_synchronously(string path, string call)
    {
        await using var app = await StartAsync(s => s.Configure<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>(o => o.AllowSynchronousIO = !path.EndsWith("on", StringComparison.Ordinal)));

        Assert.Equal("text", await (await app.Client.PostAsync(path, new StringContent("text"))).Content.ReadAsStringAsync());

        Assert.Equal(call, (await app.ExpectAsync("PIT1003")).Evidence["call"]);
    }

    [Theory]
    [InlineData("/read-async")]
    [InlineData("/read-memory")]
    public async Task StaysSilent_on_bodies_that_were_awaited(string path)
    {
        await using var app = await StartAsync(s => s.Configure<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>(o => o.AllowSynchronousIO = true));

        Assert.Equal("text", await (await app.Client.PostAsync(path, new StringContent("text"))).Content.ReadAsStringAsync());

        await app.AssertSilentAsync("PIT1003");
    }

    private static long Seen(TestApp app) => app.Services.GetRequiredService<Pitfalls.Runtime.Signals.Dependencies.DependencySignal>().Calls;

    private static FormUrlEncodedContent Form() => new([new("colour", "blue")]);

    private static Task<TestApp> StartAsync(Action<IServiceCollection>? more = null, string environment = "Development") => TestApp.StartAsync(
        app =>
        {
            app.Use((context, next) =>
            {
                if (context.Request.Path == "/middleware")
                    return context.Response.WriteAsync(context.RequestServices.GetRequiredService<ShopContext>().Customers.Count().ToString());
                return next(context);
            });
            app.Use(async (context, next) =>
            {
                if (context.Request.Path == "/async/middleware")
                    await context.Response.WriteAsync((await context.RequestServices.GetRequiredService<ShopContext>().Customers.CountAsync()).ToString());
                else
                    await next(context);
            });
            app.MapControllers();
            app.MapGet("/list", (ShopContext shop) => shop.Customers.Select(c => c.Name).ToList());
            app.MapGet("/foreach", (ShopContext shop) =>
            {
                var names = 0;
                foreach (var customer in shop.Customers)
                    names += customer.Name.Length;
                return names;
            });
            app.MapGet("/after-await", async (ShopContext shop) =>
            {
                await Task.Yield();
                return shop.Orders.First().Total;
            });
            app.MapGet("/interface", (ICustomers customers) => customers.Count());
            app.MapGet("/save", (ShopContext shop) =>
            {
                shop.Add(new Customer { Name = "new" });
                return shop.SaveChanges();
            });
            app.MapGet("/filter", () => "ok").AddEndpointFilter(async (context, next) =>
            {
                _ = context.HttpContext.RequestServices.GetRequiredService<ShopContext>().Customers.Any();
                return await next(context);
            });
            app.MapGet("/count", (ShopContext shop) => shop.Customers.Count(c => c.Name == "secret"));
            app.MapGet("/raw", (ShopContext shop) => shop.Database.ExecuteSqlRaw("UPDATE Customers SET Name = 'secret' WHERE Id = 1"));
            app.MapGet("/execute-update", (ShopContext shop) => shop.Customers.ExecuteUpdate(u => u.SetProperty(c => c.Name, "x")));
            app.MapGet("/find", (ShopContext shop) => shop.Customers.Find(1)!.Name);
            app.MapGet("/allowed", (ShopContext shop) =>
            {
                using (Pitfall.Allow("PIT1003", "for this test"))
                    return shop.Customers.Count();
            });
            app.MapGet("/local", () => new MemoryStream([1, 2, 3]).ReadByte());
            app.MapGet("/async/list", async (ShopContext shop) => await shop.Customers.Select(c => c.Name).ToListAsync());
            app.MapGet("/async/foreach", async (ShopContext shop) =>
            {
                var names = 0;
                await foreach (var customer in shop.Customers.AsAsyncEnumerable())
                    names += customer.Name.Length;
                return names;
            });
            app.MapGet("/async/stream", (ShopContext shop) => shop.Customers.Select(c => c.Name).AsAsyncEnumerable());
            app.MapGet("/async/save", async (ShopContext shop) =>
            {
                shop.Add(new Customer { Name = "new" });
                return await shop.SaveChangesAsync();
            });
            app.MapGet("/async/interface", async (ICustomers customers) => await customers.CountAsync());
            app.MapGet("/async/execute-update", async (ShopContext shop) => await shop.Customers.ExecuteUpdateAsync(u => u.SetProperty(c => c.Name, "x")));
            app.MapPost("/form", (HttpRequest request) => request.Form["colour"].ToString());
            app.MapPost("/form-async", async (HttpRequest request) =>
            {
                await request.ReadFormAsync();
                return request.Form["colour"].ToString();
            });
            app.MapPost("/form-bound", ([FromForm] string colour) => colour).DisableAntiforgery();
            app.MapPost("/read-sync", (HttpRequest request) =>
            {
                using var reader = new StreamReader(request.Body);
                return reader.ReadToEnd();
            });
            app.MapPost("/read-sync-switched-on", (HttpRequest request) =>
            {
                request.HttpContext.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
                using var reader = new StreamReader(request.Body);
                return reader.ReadToEnd();
            });
            app.MapPost("/write-sync", (HttpResponse response) => response.Body.Write("text"u8));
            app.MapPost("/read-async", async (HttpRequest request) =>
            {
                using var reader = new StreamReader(request.Body);
                return await reader.ReadToEndAsync();
            });
            app.MapPost("/read-memory", async (HttpRequest request) =>
            {
                var copy = new MemoryStream();
                await request.Body.CopyToAsync(copy);
                copy.Position = 0;
                using var reader = new StreamReader(copy);
                return reader.ReadToEnd();
            });
        },
        services =>
        {
            services.AddShop();
            services.AddScoped<ICustomers, Customers>();
            services.AddOnlyControllers(typeof(SynchronousIoController));
            more?.Invoke(services);
        },
        environment);

    public interface ICustomers
    {
        int Count();

        Task<int> CountAsync();
    }

    private sealed class Customers(ShopContext shop) : ICustomers
    {
        public int Count() => shop.Customers.Count();

        public Task<int> CountAsync() => shop.Customers.CountAsync();
    }

    private sealed class ReadsAtStart(IServiceScopeFactory scopes) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            using var scope = scopes.CreateScope();
            _ = scope.ServiceProvider.GetRequiredService<ShopContext>().Customers.Count();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

[ApiController]
public sealed class SynchronousIoController(ShopContext shop) : ControllerBase
{
    [HttpGet("/sync/mvc")]
    public ActionResult<int> Count() => shop.Orders.Count();

    [HttpGet("/async/mvc")]
    public async Task<ActionResult<int>> CountAsync() => await shop.Orders.CountAsync();

    [HttpPost("/form-mvc")]
    public string Form([FromForm] string colour) => colour;
}
