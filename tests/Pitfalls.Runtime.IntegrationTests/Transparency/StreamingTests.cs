using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.IntegrationTests.Transparency;

/// <summary>Streams stay streams: what is flushed leaves at once, what nobody reads is held back, and a client that goes is noticed.</summary>
public class StreamingTests(Twins<StreamingApp> twins) : IClassFixture<Twins<StreamingApp>>
{
    public static TheoryData<PitfallProfile, string> Streams { get; } = Compared.InEveryProfile(
        ["/sse/typed", "/sse/by-hand", "/enumerable", "/streams/mvc", "/text", "/writer", "/compressed", "/started", "/swapped-feature"]);

    public static TheoryData<PitfallProfile, string> Floods { get; } = Compared.InEveryProfile(["/flood/stream", "/flood/writer", "/flood/json"]);

    public static TheoryData<PitfallProfile, string> Endless { get; } = Compared.InEveryProfile(["/endless/token", "/endless/wait", "/endless/write"]);

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task The_first_piece_arrives_before_the_handler_ends(PitfallProfile profile, string path)
    {
        var (bare, watched) = twins.Of(profile);
        var expected = await FirstThenRestAsync(bare, path);

        var times = profile == PitfallProfile.Production ? 23 : 2;
        for (var i = 0; i < times; i++)
            Assert.Equal(expected, await FirstThenRestAsync(watched, path));
        twins.AssertWatched(profile);
    }

    [Theory]
    [MemberData(nameof(Floods))]
    public async Task A_client_that_does_not_read_holds_the_app_back(PitfallProfile profile, string path)
    {
        var (_, watched) = twins.Of(profile);
        for (var i = 0; profile == PitfallProfile.Production && i < EndpointFacts.FirstResponses; i++)
            await RawConnection.ExchangeAsync(watched.Address, Compared.Get(path + "?pieces=1"));
        for (var i = 0; i < 2; i++)
        {
            var flood = watched.Services.GetRequiredService<Gates>().Open("flood");
            await using var connection = await RawConnection.OpenAsync(watched.Address, receiveBuffer: 16 * 1024);
            await connection.SendAsync(Compared.Get(path));

            // The handler says so when a flush does not complete; it gives up after far more than any socket buffers.
            Assert.Equal("held back", await flood.Said.Task.WaitAsync(TimeSpan.FromSeconds(20)));
            connection.Abort();
        }

        twins.AssertWatched(profile);
    }

    [Theory]
    [MemberData(nameof(Endless))]
    public async Task A_client_that_goes_is_noticed_in_the_same_way(PitfallProfile profile, string path)
    {
        var (bare, watched) = twins.Of(profile);
        var expected = await LeaveAsync(bare, path);

        for (var i = 0; i < (profile == PitfallProfile.Production ? 22 : 1); i++)
            Assert.Equal(expected, await LeaveAsync(watched, path));
        twins.AssertWatched(profile);
    }

    private static async Task<string> FirstThenRestAsync(TestApp app, string path)
    {
        var gate = app.Services.GetRequiredService<Gates>().Open("stream");
        await using var connection = await RawConnection.OpenAsync(app.Address);
        await connection.SendAsync(Compared.Get(path, path == "/compressed" ? "Accept-Encoding: gzip" : "Accept: */*"));
        // Some byte of the body is here while the handler still waits for us.
        var head = await connection.ReadUntilAsync("\r\n\r\n");
        var first = await connection.ReadUntilAsync(path == "/compressed" ? "\u001f\u008b" : "first");
        Assert.False(gate.Said.Task.IsCompleted, "the handler ended before it was let");
        gate.Let.SetResult();
        return RawConnection.Joined(RawConnection.Normalized(head + first + await connection.ReadToEndAsync()));
    }

    private static async Task<string> LeaveAsync(TestApp app, string path)
    {
        var gate = app.Services.GetRequiredService<Gates>().Open("endless");
        var connection = await RawConnection.OpenAsync(app.Address);
        await connection.SendAsync(Compared.Get(path));
        await connection.ReadUntilAsync("begun");
        connection.Abort();
        return await gate.Said.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }
}

/// <summary>A door between a test and a handler: one at a time of each name.</summary>
internal sealed class Gates
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, Gate> _gates = new();

    public Gate this[string name] => _gates[name];

    public Gate Open(string name) => _gates[name] = new Gate();

    public sealed class Gate
    {
        public TaskCompletionSource Let { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<string> Said { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

public sealed class StreamingApp : ITwinApp
{
    private const int MostBytes = 128 * 1024 * 1024;

    public void AddTo(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Gates>();
        builder.Services.AddControllers();
        builder.Services.AddResponseCompression(o => o.Providers.Add<GzipCompressionProvider>());
    }

    public void Configure(WebApplication app)
    {
        app.UseWhen(c => c.Request.Path == "/compressed", branch => branch.UseResponseCompression());
        app.MapControllers();
        MapStreams(app);
        MapFloods(app);
        MapEndless(app);
    }

    internal static async IAsyncEnumerable<string> TwoAsync(Gates.Gate gate, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        yield return "first";
        await gate.Let.Task.WaitAsync(cancellationToken);
        yield return "second";
        gate.Said.TrySetResult("ended");
    }

    private static void MapStreams(WebApplication app)
    {
        app.MapGet("/enumerable", (Gates gates) => TwoAsync(gates["stream"]));
        app.MapGet("/sse/typed", (Gates gates) => TypedResults.ServerSentEvents(Events(gates["stream"]), "note"));
        app.MapGet("/sse/by-hand", (HttpContext c, Gates gates) => TwoPiecesAsync(c, gates, "text/event-stream", text => c.Response.WriteAsync($"data: {text}\n\n")));
        app.MapGet("/text", (HttpContext c, Gates gates) => TwoPiecesAsync(c, gates, "text/plain", text => c.Response.WriteAsync(text)));
        app.MapGet("/compressed", (HttpContext c, Gates gates) => TwoPiecesAsync(c, gates, "text/plain", text => c.Response.WriteAsync(text)));
        app.MapGet("/started", async (HttpContext c, Gates gates) =>
        {
            await c.Response.StartAsync();
            await TwoPiecesAsync(c, gates, null, text => c.Response.WriteAsync(text));
        });
        app.MapGet("/writer", (HttpContext c, Gates gates) => TwoPiecesAsync(c, gates, "application/json", async text =>
            await c.Response.BodyWriter.WriteAsync(System.Text.Encoding.UTF8.GetBytes($"[\"{text}\"]"))));
        app.MapGet("/swapped-feature", (HttpContext c, Gates gates) =>
        {
            // A wrapper of the app's own, as output filters make it.
            c.Response.Body = new BufferedStream(c.Response.Body);
            return TwoPiecesAsync(c, gates, "text/plain", text => c.Response.WriteAsync(text));
        });
    }

    private static async IAsyncEnumerable<SseItem<string>> Events(Gates.Gate gate)
    {
        await foreach (var text in TwoAsync(gate))
            yield return new SseItem<string>(text, "kind") { EventId = text };
    }

    private static async Task TwoPiecesAsync(HttpContext context, Gates gates, string? contentType, Func<string, Task> write)
    {
        var gate = gates["stream"];
        if (contentType is not null)
            context.Response.ContentType = contentType;
        await write("first");
        await context.Response.Body.FlushAsync();
        await gate.Let.Task;
        await write("second");
        await context.Response.Body.FlushAsync();
        gate.Said.TrySetResult("ended");
    }

    private static void MapFloods(WebApplication app)
    {
        var piece = new byte[32 * 1024];
        app.MapGet("/flood/stream", (HttpContext c, Gates gates) => FloodAsync(c, gates, "application/octet-stream", () => c.Response.Body.WriteAsync(piece).AsTask()));
        app.MapGet("/flood/json", (HttpContext c, Gates gates) => FloodAsync(c, gates, "application/json", () => c.Response.Body.WriteAsync(piece).AsTask()));
        app.MapGet("/flood/writer", (HttpContext c, Gates gates) => FloodAsync(c, gates, "text/plain", () =>
        {
            var span = c.Response.BodyWriter.GetSpan(piece.Length);
            piece.CopyTo(span);
            c.Response.BodyWriter.Advance(piece.Length);
            return c.Response.BodyWriter.FlushAsync().AsTask();
        }));
    }

    private static async Task FloodAsync(HttpContext context, Gates gates, string contentType, Func<Task> write)
    {
        context.Response.ContentType = contentType;
        if (context.Request.Query.ContainsKey("pieces"))
        {
            await write();
            return;
        }

        var gate = gates["flood"];
        for (var sent = 0; sent < MostBytes; sent += 32 * 1024)
        {
            var flush = write();
            // A flush that waits for the socket to take a little is not yet held back: one that waits while nobody reads is.
            if (!flush.IsCompleted && await Task.WhenAny(flush, Task.Delay(200)) != flush)
            {
                gate.Said.TrySetResult("held back");
                await Task.WhenAny(flush);
                return;
            }
        }

        gate.Said.TrySetResult("nothing held it back");
    }

    private static void MapEndless(WebApplication app)
    {
        app.MapGet("/endless/token", (HttpContext c, Gates gates) => EndlessAsync(c, gates, async () => await Task.Delay(Timeout.Infinite, c.RequestAborted)));
        app.MapGet("/endless/wait", (HttpContext c, Gates gates) => EndlessAsync(c, gates, async () =>
        {
            var aborted = new TaskCompletionSource();
            await using (c.RequestAborted.Register(aborted.SetResult))
                await aborted.Task;
        }));
        app.MapGet("/endless/write", (HttpContext c, Gates gates) => EndlessAsync(c, gates, async () =>
        {
            while (true)
            {
                await c.Response.WriteAsync("more", c.RequestAborted);
                await Task.Yield();
            }
        }));
    }

    private static async Task EndlessAsync(HttpContext context, Gates gates, Func<Task> go)
    {
        var gate = gates["endless"];
        await context.Response.WriteAsync("begun");
        await context.Response.Body.FlushAsync();
        var told = "ended";
        try
        {
            await go();
        }
        catch (Exception exception)
        {
            told = exception.GetType().Name;
        }

        gate.Said.TrySetResult($"{told}, aborted: {context.RequestAborted.IsCancellationRequested}");
    }
}

[ApiController]
[Route("streams/mvc")]
public sealed class StreamingController : ControllerBase
{
    [HttpGet]
    public IAsyncEnumerable<string> Get([FromServices] IServiceProvider services) => StreamingApp.TwoAsync(services.GetRequiredService<Gates>()["stream"]);
}
