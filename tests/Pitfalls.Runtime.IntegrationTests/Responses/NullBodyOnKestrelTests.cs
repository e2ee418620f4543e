using System.Net.Sockets;
using System.Text;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Responses;

public class NullBodyOnKestrelTests
{
    public static TheoryData<string> NullRoutes => new(
        "/null", "/null-async", "/null-after-await", "/results-json", "/raw", "/middleware", "/created", "/mvc/null-json", "/problem-json", "/padded");

    [Theory]
    [MemberData(nameof(NullRoutes))]
    public async Task Flags_a_null_body_however_it_is_sent(string path)
    {
        foreach (var environment in new[] { "Development", "Production" })
        {
            await using var app = await StartAsync(environment);

            using var response = await app.Client.GetAsync(path);
            await response.Content.ReadAsStringAsync();

            var finding = Assert.Single(await app.FindingsAsync());
            Assert.Equal("PIT3001", finding.RuleId);
            Assert.Equal(path == "/middleware" ? "GET (no endpoint)" : "GET " + path, Assert.Single(finding.Routes));
            Assert.Contains("null", finding.Message, StringComparison.Ordinal);
            if (path != "/middleware")
                Assert.Equal("NullBodyOnKestrelTests.cs", finding.Location?.File);
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Flags_a_compressed_null_body(string encoding)
    {
        await using var app = await StartAsync("Development");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/null");
        request.Headers.AcceptEncoding.ParseAdd(encoding);

        using var response = await app.Client.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();

        Assert.Equal(encoding, Assert.Single(response.Content.Headers.ContentEncoding));
        Assert.Equal("PIT3001", Assert.Single(await app.FindingsAsync()).RuleId);
    }

    [Theory]
    [InlineData("/declared-ok")]
    [InlineData("/mvc/declared-ok")]
    [InlineData("/mvc/attributed-ok")]
    [InlineData("/declared-raw")]
    [InlineData("/typed-ok")]
    public async Task Flags_an_empty_200_where_a_body_is_declared(string path)
    {
        await using var app = await StartAsync("Development");

        using var response = await app.Client.GetAsync(path);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());

        var finding = Assert.Single(await app.FindingsAsync());
        Assert.Equal("PIT3001", finding.RuleId);
        Assert.Contains("Thing", finding.Message, StringComparison.Ordinal);
        Assert.Equal("empty", finding.Evidence["body"]);
    }

    [Theory]
    [InlineData("/no-content")]
    [InlineData("/undeclared-ok")]
    [InlineData("/accepted")]
    [InlineData("/thing")]
    [InlineData("/list-with-null")]
    [InlineData("/empty-text")]
    [InlineData("/mvc/null")] // MVC itself turns null into 204
    [InlineData("/not-found")]
    [InlineData("/null-text")]
    [InlineData("/nowhere")]
    [InlineData("/typed-json")] // sends nothing and declares nothing
    public async Task StaysSilent_on(string path)
    {
        await using var app = await StartAsync("Development");

        using var response = await app.Client.GetAsync(path);
        await response.Content.ReadAsByteArrayAsync();

        await app.AssertSilentAsync();
    }

    [Fact]
    public async Task StaysSilent_on_HEAD()
    {
        await using var app = await StartAsync("Development");

        using var response = await app.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/declared-ok"));

        await app.AssertSilentAsync();
    }

    [Fact]
    public async Task Flags_an_empty_200_though_the_client_closes_as_soon_as_it_has_it()
    {
        await using var app = await StartAsync("Development");

        using (var client = await SendAsync(app, "/closed-after"))
            Assert.StartsWith("HTTP/1.1 200", await new StreamReader(client.GetStream()).ReadLineAsync(), StringComparison.Ordinal);

        Assert.Equal("empty", (await app.ExpectAsync("PIT3001")).Evidence["body"]);
    }

    [Fact]
    public async Task StaysSilent_when_the_client_has_gone_before_the_answer()
    {
        await using var app = await StartAsync("Development");

        using (var client = await SendAsync(app, "/closed-before"))
            await s_entered.Task;

        await s_left.Task;
        await app.AssertSilentAsync();
    }

    private static readonly TaskCompletionSource s_entered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static readonly TaskCompletionSource s_left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static async Task<TcpClient> SendAsync(TestApp app, string path)
    {
        var client = new TcpClient();
        await client.ConnectAsync(app.Address.Host, app.Address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {app.Address.Authority}\r\n\r\n"));
        return client;
    }

    private static Task<TestApp> StartAsync(string environment) => TestApp.StartAsync(
        app =>
        {
            app.UseResponseCompression();
            app.Use((context, next) => context.Request.Path == "/middleware" ? context.Response.WriteAsJsonAsync<Thing?>(null) : next());
            app.MapGet("/null", Thing? () => null);
            app.MapGet("/null-async", Task<Thing?> () => Task.FromResult<Thing?>(null));
            app.MapGet("/null-after-await", async Task<Thing?> () =>
            {
                await Task.Yield();
                return null;
            });
            app.MapGet("/results-json", () => Results.Text("null", "application/json"));
            app.MapGet("/typed-json", JsonHttpResult<Thing?> () => TypedResults.Json<Thing?>(null, statusCode: 200));
            app.MapGet("/typed-ok", Ok<Thing> () => TypedResults.Ok<Thing>(null));
            app.MapGet("/raw", (HttpContext context) => context.Response.WriteAsJsonAsync<Thing?>(null));
            app.MapGet("/created", (HttpContext context) =>
            {
                context.Response.StatusCode = 201;
                return context.Response.WriteAsJsonAsync<Thing?>(null);
            });
            app.MapGet("/problem-json", () => Results.Text("null", "application/vnd.shop+json"));
            app.MapGet("/padded", () => Results.Text(" null\r\n", "application/json; charset=utf-8"));
            app.MapGet("/declared-ok", () => Results.Ok()).Produces<Thing>();
            app.MapMethods("/declared-ok", ["HEAD"], () => Results.Ok()).Produces<Thing>();
            app.MapGet("/declared-raw", (HttpContext context) => Task.CompletedTask).WithMetadata(new ProducesResponseTypeMetadata(200, typeof(Thing)));
            app.MapGet("/closed-after", (HttpContext context) =>
            {
                // The last callback added runs first: ours holds the library's back until the client has closed.
                var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                context.RequestAborted.Register(gone.SetResult);
                context.Response.OnCompleted(() => gone.Task);
                return Results.Ok();
            }).Produces<Thing>();
            app.MapGet("/closed-before", async (HttpContext context) =>
            {
                var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                context.RequestAborted.Register(gone.SetResult);
                context.Response.OnCompleted(() =>
                {
                    s_left.TrySetResult();
                    return Task.CompletedTask;
                });
                s_entered.TrySetResult();
                await gone.Task;
                return Results.Ok();
            }).Produces<Thing>();
            app.MapGet("/no-content", () => Results.NoContent()).Produces<Thing>();
            app.MapGet("/undeclared-ok", () => Results.Ok());
            app.MapGet("/accepted", () => Results.Accepted()).Produces<Thing>();
            app.MapGet("/thing", () => new Thing("a"));
            app.MapGet("/list-with-null", () => new Thing?[] { null, new("b") });
            app.MapGet("/empty-text", () => "");
            app.MapGet("/not-found", Results<Ok<Thing>, NotFound> () => TypedResults.NotFound());
            app.MapGet("/null-text", () => "null");
            app.MapControllers();
        },
        services =>
        {
            services.AddResponseCompression(o => o.MimeTypes = ResponseCompressionDefaults.MimeTypes);
            services.AddControllers().AddApplicationPart(typeof(NullBodyOnKestrelTests).Assembly);
        },
        environment);
}

[ApiController]
[Route("mvc")]
public class NullBodyController : ControllerBase
{
    [HttpGet("null")]
    public Thing? Null() => null;

    [HttpGet("null-json")]
    public IActionResult NullJson() => new JsonResult(null);

    [HttpGet("declared-ok")]
    public ActionResult<Thing> DeclaredOk() => Ok();

    [HttpGet("attributed-ok")]
    [ProducesResponseType(typeof(Thing), 200)]
    public IActionResult AttributedOk() => Ok();
}

public record Thing(string Name);
