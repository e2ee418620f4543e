using System.Net.WebSockets;
using System.Text;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Transparency;

/// <summary>A connection that leaves HTTP behind is none of our business.</summary>
public class UpgradeTests(Twins<UpgradeApp> twins) : IClassFixture<Twins<UpgradeApp>>
{
    [Theory]
    [InlineData(PitfallProfile.Development)]
    [InlineData(PitfallProfile.Production)]
    [InlineData(PitfallProfile.Off)]
    public async Task A_web_socket_echoes(PitfallProfile profile)
    {
        var app = twins.Of(profile).Watched;
        for (var i = 0; i < (profile == PitfallProfile.Production ? 22 : 2); i++)
        {
            using var socket = new ClientWebSocket();
            await socket.ConnectAsync(new UriBuilder(app.Address) { Scheme = "ws", Path = "/socket" }.Uri, CancellationToken.None);
            for (var n = 0; n < 20; n++)
                Assert.Equal($"echo: {n}", await AskAsync(socket, $"{n}"));
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);
            Assert.Equal("done too", socket.CloseStatusDescription);
        }

        twins.AssertWatched(profile);
    }

    [Theory]
    [InlineData(PitfallProfile.Development)]
    [InlineData(PitfallProfile.Production)]
    [InlineData(PitfallProfile.Off)]
    public async Task The_handshake_is_the_same_bytes(PitfallProfile profile)
    {
        const string Handshake =
            "GET /socket HTTP/1.1\r\nHost: twin.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n\r\n";
        var (bare, watched) = twins.Of(profile);
        Assert.Equal(await HeadOfAsync(bare, Handshake), await HeadOfAsync(watched, Handshake));
        await twins.AssertSameAsync(profile, Compared.Get("/socket"));
        await twins.AssertSameAsync(profile, Compared.Get("/raw"));
    }

    [Theory]
    [InlineData(PitfallProfile.Development)]
    [InlineData(PitfallProfile.Production)]
    [InlineData(PitfallProfile.Off)]
    public async Task A_protocol_of_the_apps_own_speaks_freely(PitfallProfile profile)
    {
        var (bare, watched) = twins.Of(profile);
        foreach (var app in new[] { bare, watched })
        {
            await using var connection = await RawConnection.OpenAsync(app.Address);
            await connection.SendAsync("GET /raw HTTP/1.1\r\nHost: twin.example\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 101", await connection.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
            await connection.SendAsync("hello\n");
            Assert.Equal("HELLO\n", await connection.ReadUntilAsync("\n"));
            await connection.SendAsync("bye\n");
            Assert.Equal("BYE\n", await connection.ReadToEndAsync());
        }
    }

    internal static async Task<string> AskAsync(WebSocket socket, string text)
    {
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        var buffer = new byte[1000];
        var answer = await socket.ReceiveAsync(buffer, CancellationToken.None);
        return Encoding.UTF8.GetString(buffer, 0, answer.Count);
    }

    private static async Task<string> HeadOfAsync(TestApp app, string request)
    {
        await using var connection = await RawConnection.OpenAsync(app.Address);
        await connection.SendAsync(request);
        return RawConnection.Normalized(await connection.ReadUntilAsync("\r\n\r\n"));
    }
}

public sealed class UpgradeApp : ITwinApp
{
    public void AddTo(WebApplicationBuilder builder)
    {
    }

    public void Configure(WebApplication app)
    {
        app.UseWebSockets();
        app.Map("/socket", EchoAsync);
        app.Map("/raw", ShoutAsync);
    }

    internal static async Task EchoAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = 426;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[1000];
        while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: WebSocketMessageType.Text } message)
        {
            await socket.SendAsync(
                Encoding.UTF8.GetBytes("echo: " + Encoding.UTF8.GetString(buffer, 0, message.Count)), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done too", context.RequestAborted);
    }

    private static async Task ShoutAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade)
        {
            await context.Response.WriteAsync("not like this");
            return;
        }

        context.Response.Headers.Upgrade = "shout";
        await using var stream = await upgrade.UpgradeAsync();
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync() is { } line)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(line.ToUpperInvariant() + "\n"));
            if (line == "bye")
                return;
        }
    }
}
