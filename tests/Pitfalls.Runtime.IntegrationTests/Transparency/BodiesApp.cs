using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

namespace Pitfalls.Runtime.IntegrationTests.Transparency;

/// <summary>Every way a body is written.</summary>
public sealed class BodiesApp : ITwinApp
{
    public static readonly Order[] Orders = [.. Enumerable.Range(1, 3000).Select(i => new Order(i, $"Order number {i}, with an ümlaut and a \"quote\"", i * 1.5m))];

    public static readonly string[] Paths =
    [
        "/json/write", "/json/results", "/json/typed", "/json/large", "/json/null", "/json/problem", "/bodies/mvc", "/bodies/mvc/large",
        "/text", "/large-text", "/binary", "/empty", "/created", "/no-content", "/redirect", "/not-found", "/no-endpoint",
        "/chunks/stream", "/chunks/writer", "/chunks/many", "/length", "/length/short", "/length/long",
        "/start", "/start-complete", "/complete-then-write", "/unbuffered", "/trailers",
        "/writer/memory", "/writer/twice", "/writer/unflushed", "/writer/as-stream", "/writer/copy-to", "/writer/complete", "/writer/too-far", "/writer/cancel-flush",
        "/sync/allowed", "/sync/forbidden", "/begin-end", "/stream/odd-arguments", "/stream/facts", "/stream/close", "/stream/byte",
        "/body-on-204", "/stream-on-204", "/body-on-304", "/json-on-204", "/clear-and-again", "/same-body-twice",
    ];

    public void AddTo(WebApplicationBuilder builder)
    {
        builder.Services.AddControllers();
        builder.Services.AddProblemDetails();
    }

    public void Configure(WebApplication app)
    {
        app.MapControllers();
        MapResults(app);
        MapStream(app);
        MapWriter(app);
        MapFeature(app);
    }

    private static void MapResults(WebApplication app)
    {
        app.MapGet("/json/write", (HttpContext c) => c.Response.WriteAsJsonAsync(Orders[0]));
        app.MapGet("/json/results", () => Results.Json(Orders[0], new JsonSerializerOptions { WriteIndented = true }, statusCode: 418));
        app.MapGet("/json/typed", () => TypedResults.Ok(Orders[..2]));
        app.MapGet("/json/large", () => Orders);
        app.MapGet("/json/null", Order? () => null);
        app.MapGet("/json/problem", () => Results.Problem("no such thing", statusCode: 409));
        app.MapGet("/text", () => "täxt");
        app.MapGet("/large-text", () => Results.Text(new string('x', 300_000), "text/plain", Encoding.UTF8));
        app.MapGet("/binary", () => Results.Bytes(Enumerable.Range(0, 100_000).Select(i => (byte)(i * 7)).ToArray()));
        app.MapGet("/empty", () => Results.Ok());
        app.MapGet("/created", () => Results.Created("/json/write", Orders[1]));
        app.MapGet("/no-content", () => Results.NoContent());
        app.MapGet("/redirect", () => Results.Redirect("/text"));
        app.MapGet("/not-found", () => Results.NotFound(new { reason = "gone" }));
        app.MapGet("/json-on-204", () => Results.Json(Orders[0], statusCode: 204));
    }

    private static void MapStream(WebApplication app)
    {
        app.MapGet("/chunks/stream", async (HttpContext c) =>
        {
            c.Response.ContentType = "text/plain";
            await c.Response.Body.WriteAsync("one"u8.ToArray());
            await c.Response.Body.FlushAsync();
            await c.Response.Body.WriteAsync("two"u8.ToArray().AsMemory(1, 2));
            await c.Response.WriteAsync("three");
        });
        app.MapGet("/chunks/many", async (HttpContext c) =>
        {
            for (var i = 0; i < 2000; i++)
                await c.Response.WriteAsync($"line {i}\n");
        });
        app.MapGet("/length", (HttpContext c) => Write(c, "exactly 12 b", length: 12));
        app.MapGet("/length/short", (HttpContext c) => Write(c, "short", length: 12));
        app.MapGet("/length/long", (HttpContext c) => Write(c, "more than announced", length: 4));
        app.MapGet("/sync/allowed", (HttpContext c) =>
        {
            c.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
            c.Response.Body.Write("sync "u8);
            c.Response.Body.Write("array"u8.ToArray(), 0, 5);
            c.Response.Body.Flush();
            c.Response.Body.WriteByte((byte)'!');
        });
        app.MapGet("/sync/forbidden", (HttpContext c) => Told(c, () => c.Response.Body.Write("sync"u8)));
        app.MapGet("/begin-end", async (HttpContext c) => await Task.Factory.FromAsync(
            (callback, state) => c.Response.Body.BeginWrite("begun and ended"u8.ToArray(), 0, 15, callback, state), c.Response.Body.EndWrite, null));
        app.MapGet("/stream/odd-arguments", async (HttpContext c) =>
        {
            var body = c.Response.Body;
            await Told(c, () => body.WriteAsync(null!, 0, 1));
            await Told(c, () => body.WriteAsync(new byte[2], 1, 2));
            await Told(c, () => body.WriteAsync(new byte[2], -1, 1));
            await Told(c, () => body.BeginWrite(null!, 0, 1, null, null));
            await Told(c, async () => _ = await body.ReadAsync(new byte[1]));
            await Told(c, () => body.Seek(0, SeekOrigin.Begin));
            await Told(c, () => body.SetLength(1));
            await Told(c, () => _ = body.Length);
            await Told(c, () => _ = body.Position);
            await Told(c, () => body.Position = 1);
            await Told(c, () => _ = body.ReadTimeout);
            await Told(c, () => body.WriteTimeout = 1);
            await Told(c, () => body.CopyToAsync(new MemoryStream()));
        });
        app.MapGet("/stream/facts", (HttpContext c) =>
        {
            var body = c.Response.Body;
            return $"{body.CanRead} {body.CanSeek} {body.CanWrite} {body.CanTimeout} {ReferenceEquals(body, c.Response.Body)} {ReferenceEquals(c.Response.BodyWriter, c.Response.BodyWriter)}";
        });
        app.MapGet("/stream/close", async (HttpContext c) =>
        {
            await c.Response.WriteAsync("before ");
            c.Response.Body.Close();
            await c.Response.Body.DisposeAsync();
            await Told(c, () => c.Response.WriteAsync("after"));
        });
        app.MapGet("/stream/byte", (HttpContext c) => Told(c, () => c.Response.Body.WriteByte(65)));
        app.MapGet("/body-on-204", (HttpContext c) => Write(c, "no place for this", status: 204));
        app.MapGet("/stream-on-204", async (HttpContext c) =>
        {
            c.Response.StatusCode = 204;
            await c.Response.Body.WriteAsync("nor for this"u8.ToArray());
        });
        app.MapGet("/body-on-304", (HttpContext c) => Write(c, "nor here", status: 304));
        app.MapGet("/same-body-twice", async (HttpContext c) =>
        {
            var (body, writer) = (c.Response.Body, c.Response.BodyWriter);
            await body.WriteAsync("a"u8.ToArray());
            await writer.WriteAsync("b"u8.ToArray());
            await body.WriteAsync("c"u8.ToArray());
        });
    }

    private static void MapWriter(WebApplication app)
    {
        app.MapGet("/chunks/writer", async (HttpContext c) =>
        {
            for (var i = 0; i < 50; i++)
            {
                c.Response.BodyWriter.Write(Encoding.UTF8.GetBytes($"piece {i};"));
                if (i % 7 == 0)
                    await c.Response.BodyWriter.FlushAsync();
            }
        });
        app.MapGet("/writer/memory", async (HttpContext c) =>
        {
            var memory = c.Response.BodyWriter.GetMemory(10_000);
            memory.Span[..10_000].Fill((byte)'m');
            c.Response.BodyWriter.Advance(10_000);
            var span = c.Response.BodyWriter.GetSpan();
            span[0] = (byte)'s';
            c.Response.BodyWriter.Advance(1);
            await c.Response.BodyWriter.FlushAsync();
        });
        app.MapGet("/writer/twice", async (HttpContext c) =>
        {
            await c.Response.StartAsync();
            var memory = c.Response.BodyWriter.GetMemory(100);
            "0123456789"u8.CopyTo(memory.Span);
            c.Response.BodyWriter.Advance(4);
            c.Response.BodyWriter.Advance(0);
            c.Response.BodyWriter.Advance(6);
            await c.Response.BodyWriter.FlushAsync();
        });
        app.MapGet("/writer/unflushed", async (HttpContext c) =>
        {
            var writer = c.Response.BodyWriter;
            await c.Response.StartAsync();
            var facts = new StringBuilder($"{writer.CanGetUnflushedBytes} {writer.UnflushedBytes} ");
            writer.Write(new byte[123]);
            facts.Append(writer.UnflushedBytes);
            var flushed = await writer.FlushAsync();
            facts.Append($" {writer.UnflushedBytes} {flushed.IsCanceled} {flushed.IsCompleted}");
            await c.Response.WriteAsync(facts.ToString());
        });
        app.MapGet("/writer/as-stream", async (HttpContext c) =>
        {
            await using var stream = c.Response.BodyWriter.AsStream(leaveOpen: true);
            await JsonSerializer.SerializeAsync(stream, Orders);
            await stream.FlushAsync();
        });
        app.MapGet("/writer/copy-to", async (HttpContext c) => await PipeReader.Create(new MemoryStream(new byte[150_000])).CopyToAsync(c.Response.BodyWriter));
        app.MapGet("/writer/complete", async (HttpContext c) =>
        {
            await c.Response.BodyWriter.WriteAsync("done"u8.ToArray());
            await c.Response.BodyWriter.CompleteAsync();
            await Told(c, async () => _ = await c.Response.BodyWriter.WriteAsync("more"u8.ToArray()));
        });
        app.MapGet("/writer/too-far", async (HttpContext c) =>
        {
            await c.Response.StartAsync();
            await Told(c, () =>
            {
                c.Response.BodyWriter.GetMemory(1);
                c.Response.BodyWriter.Advance(10_000_000);
            });
            await Told(c, () => c.Response.BodyWriter.Advance(-1));
        });
        app.MapGet("/writer/cancel-flush", async (HttpContext c) =>
        {
            c.Response.BodyWriter.Write("kept "u8);
            c.Response.BodyWriter.CancelPendingFlush();
            var result = await c.Response.BodyWriter.FlushAsync();
            await c.Response.WriteAsync($"{result.IsCanceled}");
        });
    }

    private static void MapFeature(WebApplication app)
    {
        app.MapGet("/start", async (HttpContext c) =>
        {
            await c.Response.StartAsync();
            await c.Response.WriteAsync($"{c.Response.HasStarted}");
        });
        app.MapGet("/start-complete", async (HttpContext c) =>
        {
            c.Response.ContentType = "application/json";
            await c.Response.StartAsync();
            await c.Response.WriteAsync("{\"a\":1}");
            await c.Response.CompleteAsync();
        });
        app.MapGet("/complete-then-write", async (HttpContext c) =>
        {
            await c.Response.WriteAsync("all");
            await c.Response.CompleteAsync();
            await Told(c, () => c.Response.WriteAsync("too late"));
        });
        app.MapGet("/unbuffered", async (HttpContext c) =>
        {
            c.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
            await c.Response.WriteAsync("first");
            await c.Response.WriteAsync("second");
        });
        app.MapGet("/trailers", async (HttpContext c) =>
        {
            var supported = c.Response.SupportsTrailers();
            if (supported)
                c.Response.DeclareTrailer("X-Sum");
            await c.Response.WriteAsync($"trailers: {supported}");
            if (supported)
                c.Response.AppendTrailer("X-Sum", "42");
        });
        app.MapGet("/clear-and-again", async (HttpContext c) =>
        {
            c.Response.StatusCode = 500;
            c.Response.Headers["X-Gone"] = "1";
            c.Response.Clear();
            await c.Response.WriteAsync("fresh");
        });
    }

    private static Task Write(HttpContext context, string text, long? length = null, int status = 200)
    {
        context.Response.StatusCode = status;
        context.Response.ContentLength = length;
        return context.Response.WriteAsync(text);
    }

    private static Task Told(HttpContext context, Action act) => Told(context, () =>
    {
        act();
        return Task.CompletedTask;
    });

    /// <summary>The exception, as far as the app can see it, becomes part of the response.</summary>
    private static async Task Told(HttpContext context, Func<Task> act)
    {
        string told;
        try
        {
            await act();
            told = "went through";
        }
        catch (Exception exception)
        {
            told = $"{exception.GetType()}: {exception.Message}";
        }

        if (!context.Response.HasStarted)
            context.Response.Headers["X-Told"] = told.ReplaceLineEndings(" ");
        try
        {
            await context.Response.WriteAsync(told + "\n");
        }
        catch (Exception exception) when (context.Response.HasStarted)
        {
            // After the end there is no place left to tell it.
            _ = exception;
        }
    }

    public sealed record Order(int Id, string Name, decimal Total);
}

/// <summary>The same through MVC's formatters.</summary>
[ApiController]
[Route("bodies/mvc")]
public sealed class BodiesController : ControllerBase
{
    [HttpGet]
    public ActionResult<BodiesApp.Order> Get() => BodiesApp.Orders[0];

    [HttpGet("large")]
    public IEnumerable<BodiesApp.Order> Large() => BodiesApp.Orders;
}
