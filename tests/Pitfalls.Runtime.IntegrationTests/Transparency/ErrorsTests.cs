using System.Collections.Concurrent;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Transparency;

/// <summary>An exception is the app's own business: the same instance in its handlers, the same bytes for the client.</summary>
public class ErrorsTests(Twins<UnhandledApp> unhandled, Twins<HandlerApp> handler, Twins<ReexecuteApp> reexecute)
    : IClassFixture<Twins<UnhandledApp>>, IClassFixture<Twins<HandlerApp>>, IClassFixture<Twins<ReexecuteApp>>
{
    public static TheoryData<PitfallProfile, string> Paths { get; } = Compared.InEveryProfile(ThrowingEndpoints.Paths);

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Unhandled_the_client_gets_the_same(PitfallProfile profile, string path)
    {
        // In Development that is the developer exception page, which the host puts in by itself.
        // It names generated methods by numbers of one or more digits, so its chunks are joined.
        await unhandled.AssertSameAsync(profile, Compared.Get(path), joined: true);
        await unhandled.AssertSameAsync(profile, Compared.Get(path, "Accept: text/html"), joined: true);
        await unhandled.AssertSameAsync(profile, Compared.Get(path, "Accept: application/json"), joined: true);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public Task With_an_exception_handler_the_client_gets_the_same(PitfallProfile profile, string path) =>
        handler.AssertSameAsync(profile, Compared.Get(path));

    [Theory]
    [MemberData(nameof(Paths))]
    public Task With_a_re_executed_error_path_the_client_gets_the_same(PitfallProfile profile, string path) =>
        reexecute.AssertSameAsync(profile, Compared.Get(path));

    [Theory]
    [InlineData(PitfallProfile.Development)]
    [InlineData(PitfallProfile.Production)]
    [InlineData(PitfallProfile.Off)]
    public async Task The_handler_sees_the_very_instance_that_was_thrown(PitfallProfile profile)
    {
        foreach (var app in new[] { handler.Of(profile).Watched, reexecute.Of(profile).Watched })
        {
            var seen = app.Services.GetRequiredService<Seen>();
            foreach (var path in new[] { "/throw", "/throw-after-await", "/throw-in-middleware", "/throw-custom" })
            {
                seen.Handled.Clear();
                seen.Thrown.Clear();
                await RawConnection.ExchangeAsync(app.Address, Compared.Get(path));
                Assert.Same(Assert.Single(seen.Thrown), Assert.Single(seen.Handled));
            }
        }
    }

    [Fact]
    public async Task The_bare_answers_are_the_intended_ones()
    {
        await unhandled.AssertSameAsync(PitfallProfile.Development, Compared.Get("/throw", "Accept: text/html"), r => Assert.Contains("class=\"titleerror\"", r, StringComparison.Ordinal), joined: true);
        await unhandled.AssertSameAsync(PitfallProfile.Production, Compared.Get("/throw"), r => Assert.StartsWith("HTTP/1.1 500", r, StringComparison.Ordinal));
        await unhandled.AssertSameAsync(PitfallProfile.Production, Compared.Get("/throw-late"), r =>
        {
            Assert.StartsWith("HTTP/1.1 200", r, StringComparison.Ordinal);
            Assert.False(r.EndsWith("0\r\n\r\n", StringComparison.Ordinal), "a torn response must not look whole");
        });
        await handler.AssertSameAsync(PitfallProfile.Production, Compared.Get("/throw"), r => Assert.Contains("handled: InvalidOperationException", r, StringComparison.Ordinal));
        await reexecute.AssertSameAsync(PitfallProfile.Production, Compared.Get("/throw"), r => Assert.Contains("re-executed for /throw", r, StringComparison.Ordinal));
    }
}

/// <summary>What was thrown and what a handler was given.</summary>
internal sealed class Seen
{
    public ConcurrentQueue<Exception> Thrown { get; } = [];

    public ConcurrentQueue<Exception> Handled { get; } = [];

    public Exception Throwing(Exception exception)
    {
        Thrown.Enqueue(exception);
        return exception;
    }
}

internal sealed class CustomException : Exception
{
    public override string Message => "custom";

    // Nobody but the app may run its code; a library that did would change what its handler sees.
    public override string ToString() => throw new NotSupportedException("no text of this");
}

internal static class ThrowingEndpoints
{
    public static readonly string[] Paths =
    [
        "/throw", "/throw-after-await", "/throw-in-middleware", "/throw-in-middleware-late", "/throw-late", "/throw-late-flushed", "/throw-unflushed", "/throw-cancelled",
        "/throw-bad-request", "/abort",
    ];

    public static void Map(WebApplication app)
    {
        var seen = app.Services.GetRequiredService<Seen>();
        app.Use((context, next) => context.Request.Path == "/throw-in-middleware" ? throw seen.Throwing(new InvalidOperationException("in the middle")) : next(context));
        app.Use(async (context, next) =>
        {
            await next(context);
            if (context.Request.Path == "/throw-in-middleware-late")
                throw seen.Throwing(new InvalidOperationException("on the way out"));
        });
        app.MapGet("/throw-in-middleware", () => "never");
        app.MapGet("/throw-in-middleware-late", () => "already said");
        app.MapGet("/throw", string () => throw seen.Throwing(new InvalidOperationException("at once")));
        app.MapGet("/throw-custom", string () => throw seen.Throwing(new CustomException()));
        app.MapGet("/throw-after-await", async (HttpContext _) =>
        {
            await Task.Yield();
            throw seen.Throwing(new InvalidOperationException("later"));
        });
        app.MapGet("/throw-late", async (HttpContext c) =>
        {
            await c.Response.WriteAsync("half of it");
            throw seen.Throwing(new InvalidOperationException("too late"));
        });
        app.MapGet("/throw-late-flushed", async (HttpContext c) =>
        {
            c.Response.ContentType = "application/json";
            c.Response.ContentLength = 1000;
            await c.Response.WriteAsync("{\"half\":");
            await c.Response.Body.FlushAsync();
            throw seen.Throwing(new InvalidOperationException("too late"));
        });
        app.MapGet("/throw-unflushed", (HttpContext c) =>
        {
            c.Response.BodyWriter.GetSpan(10)[..10].Fill((byte)'u');
            c.Response.BodyWriter.Advance(10);
            throw seen.Throwing(new InvalidOperationException("before the flush"));
        });
        app.MapGet("/throw-cancelled", string () => throw seen.Throwing(new OperationCanceledException("given up")));
        app.MapGet("/throw-bad-request", string () => throw seen.Throwing(new BadHttpRequestException("what is this", 422)));
        app.MapGet("/abort", (HttpContext c) => c.Abort());
    }
}

public sealed class UnhandledApp : ITwinApp
{
    public void AddTo(WebApplicationBuilder builder) => builder.Services.AddSingleton<Seen>();

    public void Configure(WebApplication app) => ThrowingEndpoints.Map(app);
}

public sealed class HandlerApp : ITwinApp
{
    public void AddTo(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Seen>();
        builder.Services.AddProblemDetails();
        builder.Services.AddExceptionHandler<Handler>();
    }

    public void Configure(WebApplication app)
    {
        app.UseExceptionHandler();
        ThrowingEndpoints.Map(app);
    }

    private sealed class Handler(Seen seen) : IExceptionHandler
    {
        public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
        {
            seen.Handled.Enqueue(exception);
            if (exception is not InvalidOperationException)
                return false;
            httpContext.Response.StatusCode = 503;
            await httpContext.Response.WriteAsync("handled: " + exception.GetType().Name, cancellationToken);
            return true;
        }
    }
}

public sealed class ReexecuteApp : ITwinApp
{
    public void AddTo(WebApplicationBuilder builder) => builder.Services.AddSingleton<Seen>();

    public void Configure(WebApplication app)
    {
        app.UseExceptionHandler("/error");
        app.UseStatusCodePagesWithReExecute("/status/{0}");
        ThrowingEndpoints.Map(app);
        app.MapGet("/error", (HttpContext c, Seen seen) =>
        {
            var feature = c.Features.GetRequiredFeature<IExceptionHandlerPathFeature>();
            seen.Handled.Enqueue(feature.Error);
            return Results.Json(new { error = $"re-executed for {feature.Path}" });
        });
    }
}
