using System.Net;
using System.Net.WebSockets;
using System.Text;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Transparency;

/// <summary>HTTP/2: the same status, headers, bytes and trailers, many streams on one connection at a time.</summary>
public class Http2Tests(Twins<Http2App> twins) : IClassFixture<Twins<Http2App>>
{
    public static TheoryData<PitfallProfile, string> Paths { get; } = Compared.InEveryProfile(
        ["/json", "/large", "/text", "/trailers", "/trailers/writer", "/no-content", "/nowhere", "/head-only", "/chunks", "/throw", "/throw-late", "/reset"]);

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_response_is_the_same(PitfallProfile profile, string path)
    {
        var (bare, watched) = twins.Of(profile);
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Head })
        {
            var expected = await TellAsync(bare, method, path);
            for (var i = 0; i < (profile == PitfallProfile.Production ? 22 : 2); i++)
                Assert.Equal(expected, await TellAsync(watched, method, path));
        }

        twins.AssertWatched(profile);
    }

    [Theory]
    [InlineData(PitfallProfile.Development)]
    [InlineData(PitfallProfile.Production)]
    public async Task Many_streams_on_one_connection_do_not_mix(PitfallProfile profile)
    {
        using var client = Client(twins.Of(profile).Watched);
        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => client.GetStringAsync($"/echo/{i}")));

        for (var i = 0; i < answers.Length; i++)
            Assert.Equal(Http2App.Echo(i), answers[i]);
        twins.AssertWatched(profile);
    }

    [Theory]
    [InlineData(PitfallProfile.Development)]
    [InlineData(PitfallProfile.Production)]
    [InlineData(PitfallProfile.Off)]
    public async Task The_first_piece_arrives_before_the_handler_ends(PitfallProfile profile)
    {
        var app = twins.Of(profile).Watched;
        var gate = app.Services.GetRequiredService<Gates>().Open("stream");
        using var client = Client(app);
        using var response = await client.GetAsync("/enumerable", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        var bytes = new byte[100];

        var first = await body.ReadAsync(bytes);

        Assert.Contains("first", Encoding.UTF8.GetString(bytes, 0, first), StringComparison.Ordinal);
        Assert.False(gate.Said.Task.IsCompleted);
        gate.Let.SetResult();
        using var rest = new StreamReader(body);
        Assert.EndsWith("\"second\"]", await rest.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PitfallProfile.Development)]
    [InlineData(PitfallProfile.Production)]
    [InlineData(PitfallProfile.Off)]
    public async Task A_web_socket_over_a_stream_echoes(PitfallProfile profile)
    {
        var app = twins.Of(profile).Watched;
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler());
        for (var i = 0; i < (profile == PitfallProfile.Production ? 22 : 2); i++)
        {
            using var socket = new ClientWebSocket();
            socket.Options.HttpVersion = HttpVersion.Version20;
            socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
            await socket.ConnectAsync(new UriBuilder(app.Address) { Scheme = "ws", Path = "/socket" }.Uri, invoker, CancellationToken.None);
            Assert.Equal("echo: hello", await UpgradeTests.AskAsync(socket, "hello"));
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }
    }

    private static HttpClient Client(TestApp app) => new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        BaseAddress = app.Address,
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private static async Task<string> TellAsync(TestApp app, HttpMethod method, string path)
    {
        var told = new StringBuilder();
        using var client = Client(app);
        try
        {
            using var request = new HttpRequestMessage(method, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            request.Headers.Host = "twin.example";
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            told.Append($"HTTP/{response.Version} {(int)response.StatusCode}\n");
            foreach (var (name, values) in response.Headers.Concat(response.Content.Headers).Where(h => h.Key != "Date"))
                told.Append($"{name}: {string.Join(", ", values)}\n");
            told.Append(RawConnection.Normalized(Encoding.Latin1.GetString(await response.Content.ReadAsByteArrayAsync())));
            foreach (var (name, values) in response.TrailingHeaders)
                told.Append($"\ntrailer {name}: {string.Join(", ", values)}");
        }
        catch (HttpRequestException exception)
        {
            told.Append($"\n{exception.HttpRequestError} {(exception.InnerException as HttpProtocolException ?? exception.InnerException?.InnerException as HttpProtocolException)?.ErrorCode}");
        }

        return told.ToString();
    }
}

public sealed class Http2App : ITwinApp
{
    public static string Echo(int id) => string.Concat(Enumerable.Repeat($"<{id}>", 1000));

    public void AddTo(WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(o => o.ConfigureEndpointDefaults(e => e.Protocols = HttpProtocols.Http2));
        builder.Services.AddSingleton<Gates>();
    }

    public void Configure(WebApplication app)
    {
        app.UseWebSockets();
        app.MapGet("/json", () => new { name = "two" });
        app.MapGet("/large", () => BodiesApp.Orders);
        app.MapGet("/text", () => "text");
        app.MapGet("/no-content", () => Results.NoContent());
        app.MapMethods("/head-only", ["HEAD"], (HttpContext c) => c.Response.ContentLength = 5);
        app.MapGet("/chunks", async (HttpContext c) =>
        {
            for (var i = 0; i < 30; i++)
            {
                await c.Response.WriteAsync($"piece {i};");
                await c.Response.Body.FlushAsync();
            }
        });
        app.MapGet("/echo/{id:int}", async (int id, HttpContext c) =>
        {
            foreach (var part in Echo(id).Chunk(700))
            {
                await c.Response.WriteAsync(new string(part));
                await Task.Yield();
            }
        });
        app.MapGet("/trailers", async (HttpContext c) =>
        {
            c.Response.DeclareTrailer("grpc-status");
            await c.Response.WriteAsync("{}");
            c.Response.AppendTrailer("grpc-status", "0");
        });
        app.MapGet("/trailers/writer", async (HttpContext c) =>
        {
            c.Response.ContentType = "application/json";
            await c.Response.BodyWriter.WriteAsync("{}"u8.ToArray());
            c.Response.AppendTrailer("X-Sum", "2");
            await c.Response.CompleteAsync();
        });
        app.MapGet("/throw", string () => throw new InvalidOperationException("at once"));
        app.MapGet("/throw-late", async (HttpContext c) =>
        {
            await c.Response.WriteAsync("half");
            await c.Response.Body.FlushAsync();
            throw new InvalidOperationException("late");
        });
        app.MapGet("/reset", (HttpContext c) => c.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpResetFeature>()!.Reset(7));
        app.MapGet("/enumerable", (Gates gates) => StreamingApp.TwoAsync(gates["stream"]));
        app.Map("/socket", UpgradeApp.EchoAsync);
    }
}
