using System.Text;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Pitfalls.Runtime.IntegrationTests.Transparency;

/// <summary>Middleware that puts its own body in the server's place, keeps one, or answers for the app.</summary>
public class MiddlewareTests(Twins<SwappingApp> swapping, Twins<CachingApp> caching)
    : IClassFixture<Twins<SwappingApp>>, IClassFixture<Twins<CachingApp>>
{
    private static readonly string[] s_swaps = ["before", "after", "before,after", "feature", "feature,before", "grab", "grab,after", "leave"];

    public static TheoryData<PitfallProfile, string> Swaps { get; } = Compared.InEveryProfile(
        from path in new[] { "/json", "/text", "/chunks", "/writer", "/null", "/empty", "/none" }
        from swap in s_swaps
        select Compared.Get(path, "X-Swap: " + swap));

    [Theory]
    [MemberData(nameof(Swaps))]
    public Task A_body_that_was_swapped_and_copied_back_is_the_same_bytes(PitfallProfile profile, string request) =>
        swapping.AssertSameAsync(profile, request);

    [Theory]
    [InlineData(PitfallProfile.Development)]
    [InlineData(PitfallProfile.Production)]
    [InlineData(PitfallProfile.Off)]
    public async Task Caches_store_and_serve_the_same(PitfallProfile profile)
    {
        foreach (var cache in new[] { "output", "response" })
        {
            var path = $"/{cache}/{profile}";
            await caching.AssertSameInOrderAsync(profile,
            [
                Compared.Get(path), Compared.Get(path), Compared.Request("HEAD", path), Compared.Get(path, "If-None-Match: \"v1\""),
                Compared.Get(path + "?a=1"), Compared.Get(path + "?a=1"), Compared.Get(path, "Cache-Control: no-cache"), Compared.Get(path, "Range: bytes=0-3"),
            ]);
        }
    }

    [Theory]
    [InlineData(PitfallProfile.Development)]
    [InlineData(PitfallProfile.Production)]
    [InlineData(PitfallProfile.Off)]
    public async Task Status_code_pages_are_the_same(PitfallProfile profile)
    {
        foreach (var path in new[] { "/nowhere", "/status/418", "/status/500", "/status/204", "/status/404/with-body" })
            await caching.AssertSameAsync(profile, Compared.Get(path));
    }

    [Fact]
    public async Task The_bare_answers_are_the_intended_ones()
    {
        await swapping.AssertSameAsync(PitfallProfile.Development, Compared.Get("/json", "X-Swap: before"), r => Assert.Contains("X-Swapped: before", r, StringComparison.Ordinal));
        await caching.AssertSameAsync(PitfallProfile.Development, Compared.Get("/nowhere"), r => Assert.Contains("page for 404", r, StringComparison.Ordinal));
        await caching.AssertSameInOrderAsync(PitfallProfile.Development, [Compared.Get("/output/intended"), Compared.Get("/output/intended"), Compared.Get("/response/intended"), Compared.Get("/response/intended")]);
        var (bare, watched) = caching.Of(PitfallProfile.Development);
        foreach (var calls in new[] { bare.Services.GetRequiredService<Calls>(), watched.Services.GetRequiredService<Calls>() })
            Assert.Equal((1, 1), (calls["/output/intended"], calls["/response/intended"]));
    }
}

/// <summary>How often a handler truly ran.</summary>
internal sealed class Calls
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, int> _counts = new();

    public int this[string path] => _counts.GetValueOrDefault(path);

    public int Next(string path) => _counts.AddOrUpdate(path, 1, (_, n) => n + 1);
}

public sealed class SwappingApp : ITwinApp
{
    public void AddTo(WebApplicationBuilder builder)
    {
    }

    public void Configure(WebApplication app)
    {
        app.Use((context, next) => Asked(context, "grab") ? GrabAsync(context, next) : next(context));
        app.Use((context, next) => Asked(context, "feature") ? SwapFeatureAsync(context, next) : next(context));
        app.Use((context, next) => Asked(context, "before") ? SwapAsync(context, next, "before") : next(context));
        app.Use((context, next) => Asked(context, "leave") ? LeaveAsync(context, next) : next(context));
        // Without this call routing would come first: then every middleware knows the endpoint.
        app.UseRouting();
        app.Use((context, next) => Asked(context, "after") ? SwapAsync(context, next, "after") : next(context));
        app.MapGet("/json", () => new { name = "swap", list = Enumerable.Range(0, 300) });
        app.MapGet("/text", () => "some text");
        app.MapGet("/chunks", async (HttpContext c) =>
        {
            await c.Response.WriteAsync("one ");
            await c.Response.Body.FlushAsync();
            await c.Response.WriteAsync("two");
        });
        app.MapGet("/writer", async (HttpContext c) =>
        {
            Encoding.UTF8.GetBytes("through the writer", c.Response.BodyWriter);
            await c.Response.BodyWriter.FlushAsync();
        });
        app.MapGet("/null", string[]? () => null);
        app.MapGet("/empty", () => Results.Ok());
    }

    private static bool Asked(HttpContext context, string swap) => context.Request.Headers["X-Swap"].ToString().Split(',').Contains(swap);

    private static async Task SwapAsync(HttpContext context, RequestDelegate next, string name)
    {
        var original = context.Response.Body;
        using var own = new MemoryStream();
        context.Response.Body = own;
        await next(context);
        context.Response.Body = original;
        context.Response.Headers.Append("X-Swapped", name);
        context.Response.ContentLength = own.Length;
        own.Position = 0;
        if (own.Length > 0)
            await own.CopyToAsync(context.Response.Body);
    }

    private static async Task SwapFeatureAsync(HttpContext context, RequestDelegate next)
    {
        var prior = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        using var own = new MemoryStream();
        var swapped = new StreamResponseBodyFeature(own, prior);
        context.Features.Set<IHttpResponseBodyFeature>(swapped);
        await next(context);
        await swapped.CompleteAsync();
        context.Features.Set(prior);
        await prior.Writer.WriteAsync(own.ToArray());
    }

    /// <summary>Holds stream and writer from before routing, and writes to them after the endpoint.</summary>
    private static async Task GrabAsync(HttpContext context, RequestDelegate next)
    {
        var (body, writer) = (context.Response.Body, context.Response.BodyWriter);
        await next(context);
        if (context.Response.StatusCode != 200)
            return;
        await body.WriteAsync(" more by the stream"u8.ToArray());
        await writer.WriteAsync(" more by the writer"u8.ToArray());
    }

    /// <summary>Puts a stream in and never takes it out.</summary>
    private static async Task LeaveAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Body = new MemoryStream();
        await next(context);
    }
}

public sealed class CachingApp : ITwinApp
{
    public void AddTo(WebApplicationBuilder builder)
    {
        builder.Services.AddOutputCache(o => o.AddBasePolicy(p => p.With(c => c.HttpContext.Request.Path.StartsWithSegments("/output")).Cache().SetVaryByQuery("a")));
        builder.Services.AddResponseCaching();
        builder.Services.AddSingleton<Calls>();
    }

    public void Configure(WebApplication app)
    {
        app.UseStatusCodePagesWithReExecute("/page/{0}");
        app.UseOutputCache();
        app.UseResponseCaching();
        app.MapGet("/output/{name}", (HttpContext c, Calls calls) =>
        {
            c.Response.Headers.ETag = "\"v1\"";
            return new { call = calls.Next(c.Request.Path), text = new string('o', 3000) };
        });
        app.MapGet("/response/{name}", (HttpContext c, Calls calls) =>
        {
            c.Response.Headers.CacheControl = "public,max-age=100";
            c.Response.Headers.ETag = "\"v1\"";
            return new { call = calls.Next(c.Request.Path), text = new string('r', 3000) };
        });
        app.MapGet("/status/{code:int}", (int code) => Results.StatusCode(code));
        app.MapGet("/status/{code:int}/with-body", (int code) => Results.Text("own words", statusCode: code));
        app.MapGet("/page/{code:int}", (int code) => $"page for {code}");
    }
}
