using System.Net.Sockets;
using System.Text;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.IntegrationTests.Harmlessness;

/// <summary>The same on the real server: everything the process allocates, over a keep-alive connection.</summary>
[Collection(nameof(Alone))]
public class KestrelAllocationTests
{
    private const int Rounds = 3;
    private const int Requests = 7_000;

    /// <summary>The few responses a second that fall due, spread over all, and what the runtime does on its own account.</summary>
    private const double Tolerance = 4;

    [Fact]
    public async Task The_production_profile_adds_nothing_to_requests_on_kestrel()
    {
        await using var bare = await StartAsync(withPitfalls: false);
        await using var watched = await StartAsync(withPitfalls: true);
        using var toBare = new KeepAlive(bare.Address);
        using var toWatched = new KeepAlive(watched.Address);
        toBare.Ask(5_000);
        toWatched.Ask(5_000);

        // In turns, and the leanest round of each: noise only ever adds.
        var (leanest, withUs) = (double.MaxValue, double.MaxValue);
        for (var i = 0; i < Rounds; i++)
        {
            leanest = Math.Min(leanest, Measure(toBare));
            withUs = Math.Min(withUs, Measure(toWatched));
        }

        Assert.True(withUs - leanest <= Tolerance, $"{withUs:0.0} B a request against {leanest:0.0} B of the bare app");
        var signal = watched.Services.GetRequiredService<ResponseSignal>();
        Assert.Equal(5_000 + (Rounds * Requests), signal.Requests);
        Assert.InRange(signal.Looked, EndpointFacts.FirstResponses, signal.Requests / 20);
    }

    private static double Measure(KeepAlive connection)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        connection.Ask(Requests);
        return (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / Requests;
    }

    private static Task<TestApp> StartAsync(bool withPitfalls) => TestApp.StartAsync(
        a => a.MapGet("/json", () => s_answer), environment: "Production", withPitfalls: withPitfalls);

    private static readonly Answer s_answer = new(1, "a name");

    private sealed record Answer(int Id, string Name);

    /// <summary>A client that allocates nothing.</summary>
    private sealed class KeepAlive : IDisposable
    {
        private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private readonly byte[] _request = Encoding.ASCII.GetBytes("GET /json HTTP/1.1\r\nHost: localhost\r\n\r\n");
        private readonly byte[] _answer = new byte[4096];

        public KeepAlive(Uri address) => _socket.Connect(address.Host, address.Port);

        public void Ask(int times)
        {
            for (var i = 0; i < times; i++)
            {
                _socket.Send(_request);
                var length = 0;
                // Chunked: it ends with the empty chunk.
                while (!_answer.AsSpan(0, length).EndsWith("\r\n0\r\n\r\n"u8))
                    length += _socket.Receive(_answer, length, _answer.Length - length, SocketFlags.None);
            }
        }

        public void Dispose() => _socket.Dispose();
    }
}
