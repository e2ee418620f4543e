using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Responses;

public class ExceptionDetailsOnKestrelTests
{
    public static TheoryData<string> Leaks => new(
        "/to-string", "/stack-trace", "/problem", "/anonymous", "/type-and-text", "/html", "/mvc/to-string", "/middleware", "/aggregate");

    [Theory]
    [MemberData(nameof(Leaks))]
    public async Task Flags_details_however_they_are_sent(string path)
    {
        foreach (var environment in new[] { "Development", "Production" })
        {
            await using var app = await StartAsync(environment);

            using var response = await app.Client.GetAsync(path);
            await response.Content.ReadAsStringAsync();

            var finding = Assert.Single(await app.FindingsAsync());
            Assert.Equal("PIT3007", finding.RuleId);
            Assert.Equal(environment == "Development" ? PitfallSeverity.Warning : PitfallSeverity.Error, finding.Severity);
            Assert.DoesNotContain("the-secret-text", System.Text.Json.JsonSerializer.Serialize(finding), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Flags_an_exception_handler_that_tells_all()
    {
        await using var app = await TestApp.StartAsync(a =>
        {
            a.UseExceptionHandler(e => e.Run(context =>
                context.Response.WriteAsJsonAsync(new { error = context.Features.Get<IExceptionHandlerFeature>()!.Error.ToString() })));
            a.MapGet("/throws", string () => throw new InvalidOperationException("the-secret-text"));
        });

        using var response = await app.Client.GetAsync("/throws");
        await response.Content.ReadAsStringAsync();

        Assert.Equal("PIT3007", Assert.Single(await app.FindingsAsync()).RuleId);
    }

    [Fact]
    public async Task Flags_the_developer_exception_page_outside_Development()
    {
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.UseDeveloperExceptionPage();
                a.MapGet("/throws", string () => throw new InvalidOperationException("the-secret-text"));
            },
            environment: "Production");

        using var response = await app.Client.GetAsync("/throws");
        await response.Content.ReadAsStringAsync();

        Assert.Equal("PIT3007", Assert.Single(await app.FindingsAsync()).RuleId);
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("text/plain")]
    [InlineData("application/json")]
    public async Task StaysSilent_on_the_developer_exception_page_in_Development(string accept)
    {
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/throws", string () => throw new InvalidOperationException("the-secret-text")),
            s => s.AddProblemDetails());
        app.Client.DefaultRequestHeaders.Accept.ParseAdd(accept);

        using var response = await app.Client.GetAsync("/throws");
        // The page was really shown: else its silence proves nothing.
        Assert.Contains("the-secret-text", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        await app.AssertSilentAsync("PIT3007");
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("text/plain")]
    [InlineData("application/json")]
    public async Task StaysSilent_on_the_developer_exception_page_of_a_bad_request(string accept)
    {
        await using var app = await TestApp.StartAsync(a => a.MapGet("/numbers/{number}", (int number) => number), s => s.AddProblemDetails());
        app.Client.DefaultRequestHeaders.Accept.ParseAdd(accept);

        using var response = await app.Client.GetAsync("/numbers/none");
        Assert.Equal(400, (int)response.StatusCode);
        Assert.Contains("BadHttpRequestException", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        await app.AssertSilentAsync("PIT3007");
    }

    [Theory]
    [InlineData("/message")]
    [InlineData("/prose")]
    [InlineData("/title")]
    [InlineData("/code")]
    [InlineData("/meet")]
    public async Task StaysSilent_on(string path)
    {
        await using var app = await StartAsync("Development");

        using var response = await app.Client.GetAsync(path);
        await response.Content.ReadAsStringAsync();

        await app.AssertSilentAsync();
    }

    private static Exception Thrown(Exception exception)
    {
        try
        {
            throw exception;
        }
        catch (Exception caught)
        {
            return caught;
        }
    }

    internal static Exception Caught() => Thrown(new InvalidOperationException("the-secret-text"));

    private static Task<TestApp> StartAsync(string environment) => TestApp.StartAsync(
        app =>
        {
            app.Use((context, next) => context.Request.Path == "/middleware" ? context.Response.WriteAsync(Caught().ToString()) : next());
            app.MapGet("/to-string", () => Results.Text(Caught().ToString(), statusCode: 500));
            app.MapGet("/stack-trace", () => Results.Json(new { trace = Caught().StackTrace }, statusCode: 500));
            app.MapGet("/problem", () => Results.Problem(detail: Caught().ToString()));
            app.MapGet("/anonymous", () => Results.Ok(new { ok = false, error = Caught().ToString() }));
            app.MapGet("/type-and-text", () => Results.Text($"{Caught().GetType()}: {Caught().Message}", statusCode: 500));
            app.MapGet("/html", () => Results.Content($"<pre>{System.Net.WebUtility.HtmlEncode(Caught().ToString())}</pre>", "text/html", statusCode: 500));
            app.MapGet("/aggregate", () => Results.Text(Thrown(new AggregateException(Caught())).ToString()));
            app.MapGet("/message", () => Results.Problem(detail: new InvalidOperationException("Order 7 is already paid.").Message));
            app.MapGet("/prose", () => new { text = "Meet us at Smith.Co (2nd floor) at noon. Exception: holidays. No exception: none." });
            app.MapGet("/title", () => new { title = "An exception occurred", type = "System.Exception", exceptions = 3 });
            app.MapGet("/code", () => Results.Text("catch (FormatException exception) { throw new ArgumentException(nameof(id)); }"));
            app.MapGet("/meet", () => new { text = "\n at the office (main hall)\n at home" });
            app.MapControllers();
        },
        services => services.AddControllers().AddApplicationPart(typeof(ExceptionDetailsOnKestrelTests).Assembly),
        environment);
}

[ApiController]
[Route("mvc")]
public class LeakController : ControllerBase
{
    [HttpGet("to-string")]
    public IActionResult Leak() => StatusCode(500, ExceptionDetailsOnKestrelTests.Caught().ToString());
}
