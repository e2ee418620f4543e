using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Responses;

/// <summary>PIT3004 UndeclaredResponseType through a real host.</summary>
public class UndeclaredResponseTypeOnKestrelTests
{
    [Theory]
    [InlineData("/result", "IResult")]
    [InlineData("/result-async", "IResult")]
    [InlineData("/result-value-task", "IResult")]
    [InlineData("/object", "Object")]
    [InlineData("/problem-only", "IResult")]
    [InlineData("/method", "IResult")]
    [InlineData("/open/action", "IActionResult")]
    [InlineData("/open/action-async", "ActionResult")]
    [InlineData("/open/object", "Object")]
    [InlineData("/open/format-only", "IActionResult")]
    [InlineData("/open/status-only", "IActionResult")]
    public async Task Flags_an_endpoint_that_answers_json_and_declares_nothing(string path, string returns)
    {
        await using var app = await StartAsync(path);

        var finding = Assert.Single(await FindAsync(app));
        Assert.Equal("GET " + path, Assert.Single(finding.Routes));
        Assert.Equal(PitfallSeverity.Info, finding.Severity);
        Assert.Equal(returns, finding.Evidence["returns"]);
        Assert.Equal("UndeclaredResponseTypeOnKestrelTests.cs", finding.Location?.File);
        Assert.Contains(path.StartsWith("/open/", StringComparison.Ordinal) ? "ActionResult<T>" : "TypedResults.Ok", finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flags_more_than_ten_in_one_finding_with_a_list()
    {
        string[] paths = [.. Enumerable.Range(1, 15).Select(i => $"/many/{i}")];
        await using var app = await StartAsync(paths);

        var findings = await FindAsync(app);
        Assert.Equal(11, findings.Count);
        var group = Assert.Single(findings, f => f.Evidence.ContainsKey("list"));
        Assert.Equal(5, group.Evidence["count"]);
        Assert.Contains("So it is with 4 more, among them GET /many/11", group.Message, StringComparison.Ordinal);
        Assert.Equal(5, group.Routes.Count);
    }

    [Theory]
    [InlineData("/typed")]
    [InlineData("/typed-union")]
    [InlineData("/typed-json")]
    [InlineData("/plain")]
    [InlineData("/plain-async")]
    [InlineData("/produces")]
    [InlineData("/produces-object")]
    [InlineData("/hidden")]
    [InlineData("/text")]
    [InlineData("/file")]
    [InlineData("/not-found")]
    [InlineData("/raw")]
    [InlineData("/health")]
    [InlineData("/api/ping")]
    [InlineData("/hub/negotiate?negotiateVersion=1", true)]
    [InlineData("/open/generic")]
    [InlineData("/open/plain")]
    [InlineData("/open/declared")]
    [InlineData("/open/by-type")]
    [InlineData("/open/hidden")]
    [InlineData("/view-json")]
    [InlineData("/nobody")]
    [InlineData("/allowed")]
    public async Task StaysSilent_on(string path, bool post = false)
    {
        await using var app = await StartAsync();
        using var response = post ? await app.Client.PostAsync(path, null) : await app.Client.GetAsync(path);
        var text = await response.Content.ReadAsStringAsync();

        Assert.True((int)response.StatusCode < 500, text);
        Assert.Empty(await FindAsync(app));
        await app.AssertSilentAsync("PIT3004");
    }

    [Fact]
    public async Task StaysSilent_in_production()
    {
        await using var app = await StartAsync("Production", ["/result"]);

        Assert.Empty(await FindAsync(app));
    }

    [Fact]
    public async Task Limitation_a_handler_that_writes_by_itself_is_not_described_and_not_flagged()
    {
        await using var app = await StartAsync("/writes");

        Assert.Empty(await FindAsync(app));
    }

    private static async Task<IReadOnlyList<Finding>> FindAsync(TestApp app) => [.. (await app.FindingsAsync()).Where(f => f.RuleId == "PIT3004")];

    private static Task<TestApp> StartAsync(params string[] paths) => StartAsync("Development", paths);

    private static async Task<TestApp> StartAsync(string environment, string[] paths)
    {
        var app = await TestApp.StartAsync(Map, services =>
        {
            services.AddOnlyControllers(typeof(OpenController), typeof(ViewJsonController));
            services.AddSignalR();
            services.AddHealthChecks();
        }, environment, posture: true);
        foreach (var path in paths)
        {
            using var response = await app.Client.GetAsync(path);
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, $"{path} answered {(int)response.StatusCode}: {text}");
        }

        return app;
    }

    private static void Map(WebApplication app)
    {
        app.MapGet("/result", () => Results.Ok(new Cup(1)));
        app.MapGet("/result-async", async () =>
        {
            await Task.Yield();
            return Results.Json(new { Size = 1 });
        });
        app.MapGet("/result-value-task", async ValueTask<IResult> () =>
        {
            await Task.Yield();
            return Results.Ok(new Cup(1));
        });
        app.MapGet("/object", object () => new Cup(1));
        app.MapGet("/problem-only", () => Results.Ok(new Cup(1))).ProducesProblem(409);
        app.MapGet("/method", Handle);
        for (var i = 1; i <= 15; i++)
            app.MapGet($"/many/{i}", () => Results.Ok(new Cup(1)));

        app.MapGet("/typed", () => TypedResults.Ok(new Cup(1)));
        app.MapGet("/typed-union", Microsoft.AspNetCore.Http.HttpResults.Results<Microsoft.AspNetCore.Http.HttpResults.Ok<Cup>, Microsoft.AspNetCore.Http.HttpResults.NotFound> () => TypedResults.Ok(new Cup(1)));
        app.MapGet("/typed-json", () => TypedResults.Json(new Cup(1)));
        app.MapGet("/plain", () => new Cup(1));
        app.MapGet("/plain-async", async () =>
        {
            await Task.Yield();
            return new Cup(1);
        });
        app.MapGet("/produces", () => Results.Ok(new Cup(1))).Produces<Cup>();
        app.MapGet("/produces-object", () => Results.Ok(new Cup(1))).Produces<object>();
        app.MapGet("/hidden", () => Results.Ok(new Cup(1))).ExcludeFromDescription();
        app.MapGet("/text", () => Results.Text("text"));
        app.MapGet("/file", () => Results.File("{}"u8.ToArray(), "application/octet-stream"));
        app.MapGet("/not-found", () => Results.NotFound(new Cup(1)));
        app.MapGet("/raw", context => context.Response.WriteAsJsonAsync(new Cup(1)));
        app.MapGet("/writes", (int? size, HttpContext context) => context.Response.WriteAsJsonAsync(new Cup(size ?? 1)));
        app.MapHealthChecks("/health");
        app.MapGet("/api/ping", () => Results.Ok(new { Status = "ok" }));
        app.MapHub<NoHub>("/hub");
        app.MapGet("/allowed", () => Results.Ok(new Cup(1))).AllowPitfall("PIT3004", "an experiment");
        app.MapControllers();
    }

    private static IResult Handle() => Results.Ok(new Cup(1));

    internal sealed record Cup(int Size);

    private sealed class NoHub : Hub;
}

[ApiController]
[Route("open")]
public class OpenController : ControllerBase
{
    [HttpGet("action")]
    public IActionResult Action() => Ok(new UndeclaredResponseTypeOnKestrelTests.Cup(1));

    [HttpGet("action-async")]
    public async Task<ActionResult> ActionAsync()
    {
        await Task.Yield();
        return Ok(new UndeclaredResponseTypeOnKestrelTests.Cup(1));
    }

    [HttpGet("object")]
    public object Whatever() => new UndeclaredResponseTypeOnKestrelTests.Cup(1);

    [HttpGet("format-only")]
    [Produces("application/json")]
    public IActionResult FormatOnly() => Ok(new UndeclaredResponseTypeOnKestrelTests.Cup(1));

    [HttpGet("status-only")]
    [ProducesResponseType(200)]
    public IActionResult StatusOnly() => Ok(new UndeclaredResponseTypeOnKestrelTests.Cup(1));

    [HttpGet("generic")]
    public ActionResult<Cup> Generic() => new Cup(1);

    [HttpGet("plain")]
    public Cup Plain() => new(1);

    [HttpGet("declared")]
    [ProducesResponseType<Cup>(200)]
    public IActionResult Declared() => Ok(new Cup(1));

    [HttpGet("by-type")]
    [Produces(typeof(Cup))]
    public IActionResult ByType() => Ok(new Cup(1));

    [HttpGet("hidden")]
    [ApiExplorerSettings(IgnoreApi = true)]
    public IActionResult Hidden() => Ok(new Cup(1));

    public sealed record Cup(int Size);
}

public class ViewJsonController : Controller
{
    [HttpGet("/view-json")]
    public IActionResult Answer() => Json(new { Size = 1 });
}
