using System.Runtime.CompilerServices;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Responses;

public class BodyOnNoContentOnKestrelTests
{
    [Theory]
    [InlineData("/write", 204)]
    [InlineData("/write-after-await", 204)]
    [InlineData("/write-205", 205)]
    [InlineData("/write-304", 304)]
    [InlineData("/json", 204)]
    [InlineData("/results-json", 204)]
    [InlineData("/pipe", 204)]
    [InlineData("/mvc/object", 204)]
    [InlineData("/middleware", 204)]
    public async Task Flags_a_body_whether_the_server_throws_or_drops_it(string path, int status)
    {
        foreach (var environment in new[] { "Development", "Production" })
        {
            await using var app = await StartAsync(environment);

            using var response = await app.Client.GetAsync(path);
            await response.Content.ReadAsByteArrayAsync();

            var finding = Assert.Single(await app.FindingsAsync(), f => f.RuleId == "PIT3002");
            Assert.Equal(PitfallSeverity.Error, finding.Severity);
            Assert.Equal((long)status, Convert.ToInt64(finding.Evidence["status"]));
            Assert.Contains($"{status}", finding.Message, StringComparison.Ordinal);
            Assert.Equal("BodyOnNoContentOnKestrelTests.cs", finding.Location?.File);
        }
    }

    [Fact]
    public async Task Flags_the_very_statement_that_writes()
    {
        await using var app = await StartAsync("Development");

        using var response = await app.Client.GetAsync("/write-after-await");

        var finding = await app.ExpectAsync("PIT3002");
        Assert.Equal(s_writingLine, finding.Location?.Line);
    }

    [Theory]
    [InlineData("/type-only")]
    [InlineData("/length-only")]
    [InlineData("/length-only-204")]
    [InlineData("/length-only-after-await")]
    [InlineData("/mvc/type-only")]
    public async Task Flags_headers_that_announce_a_body(string path)
    {
        await using var app = await StartAsync("Development");

        using var response = await app.Client.GetAsync(path);

        var finding = Assert.Single(await app.FindingsAsync());
        Assert.Equal("PIT3002", finding.RuleId);
        Assert.Contains("Content-", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/clean")]
    [InlineData("/mvc/clean")]
    [InlineData("/ok")]
    [InlineData("/empty-write")]
    public async Task StaysSilent_on(string path)
    {
        await using var app = await StartAsync("Development");

        using var response = await app.Client.GetAsync(path);
        await response.Content.ReadAsByteArrayAsync();

        await app.AssertSilentAsync();
    }

    [Fact]
    public async Task StaysSilent_on_304_of_static_files_and_of_the_output_cache()
    {
        var root = Directory.CreateTempSubdirectory("pitfalls");
        await File.WriteAllTextAsync(Path.Combine(root.FullName, "data.json"), """{"name":"a"}""");
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.UseStaticFiles(new StaticFileOptions { FileProvider = new Microsoft.Extensions.FileProviders.PhysicalFileProvider(root.FullName) });
                a.UseRouting();
                a.UseOutputCache();
                a.MapGet("/cached", (HttpContext context) =>
                {
                    context.Response.Headers.ETag = "\"one\"";
                    return new Thing("cached");
                }).CacheOutput();
            },
            s => s.AddOutputCache());

        foreach (var path in new[] { "/data.json", "/cached" })
        {
            using var first = await app.Client.GetAsync(path);
            await first.Content.ReadAsByteArrayAsync();
            using var again = new HttpRequestMessage(HttpMethod.Get, path);
            again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
            using var second = await app.Client.SendAsync(again);
            Assert.Equal(304, (int)second.StatusCode);
        }

        await app.AssertSilentAsync();
        root.Delete(recursive: true);
    }

    private static int s_writingLine;

    private static int Here([CallerLineNumber] int line = 0) => line;

    private static Task<TestApp> StartAsync(string environment) => TestApp.StartAsync(
        app =>
        {
            app.Use((context, next) =>
            {
                if (context.Request.Path != "/middleware")
                    return next();
                context.Response.StatusCode = 204;
                return context.Response.WriteAsync("gone");
            });
            app.MapGet("/write", (HttpContext context) =>
            {
                context.Response.StatusCode = 204;
                return context.Response.WriteAsync("gone");
            });
            app.MapGet("/write-after-await", async (HttpContext context) =>
            {
                await Task.Yield();
                context.Response.StatusCode = 204;
                s_writingLine = Here() + 1;
                await context.Response.WriteAsync("gone");
            });
            app.MapGet("/write-205", (HttpContext context) =>
            {
                context.Response.StatusCode = 205;
                return context.Response.WriteAsync("gone");
            });
            app.MapGet("/write-304", (HttpContext context) =>
            {
                context.Response.StatusCode = 304;
                return context.Response.WriteAsync("gone");
            });
            app.MapGet("/json", (HttpContext context) =>
            {
                context.Response.StatusCode = 204;
                return context.Response.WriteAsJsonAsync(new Thing("a"));
            });
            app.MapGet("/results-json", () => Results.Json(new Thing("a"), statusCode: 204));
            app.MapGet("/pipe", async (HttpContext context) =>
            {
                context.Response.StatusCode = 204;
                "gone"u8.CopyTo(context.Response.BodyWriter.GetSpan(4));
                context.Response.BodyWriter.Advance(4);
                await context.Response.BodyWriter.FlushAsync();
            });
            app.MapGet("/type-only", (HttpContext context) =>
            {
                context.Response.StatusCode = 204;
                context.Response.ContentType = "application/json";
            });
            app.MapGet("/length-only", (HttpContext context) =>
            {
                context.Response.StatusCode = 205;
                context.Response.ContentLength = 12;
            });
            app.MapGet("/length-only-204", (HttpContext context) =>
            {
                context.Response.StatusCode = 204;
                context.Response.ContentLength = 12;
            });
            app.MapGet("/length-only-after-await", async (HttpContext context) =>
            {
                await Task.Yield();
                context.Response.StatusCode = 204;
                context.Response.ContentLength = 12;
            });
            app.MapGet("/clean", () => Results.NoContent());
            app.MapGet("/ok", () => new Thing("a"));
            app.MapGet("/empty-write", async (HttpContext context) =>
            {
                context.Response.StatusCode = 204;
                await context.Response.Body.FlushAsync();
            });
            app.MapControllers();
        },
        services => services.AddControllers().AddApplicationPart(typeof(BodyOnNoContentOnKestrelTests).Assembly),
        environment);
}

[ApiController]
[Route("mvc")]
public class NoContentController : ControllerBase
{
    [HttpGet("object")]
    public IActionResult Made() => new ObjectResult(new Thing("a")) { StatusCode = 204 };

    [HttpGet("type-only")]
    public void TypeOnly()
    {
        Response.StatusCode = 204;
        Response.ContentType = "application/json";
    }

    [HttpGet("clean")]
    public IActionResult Clean() => NoContent();
}
