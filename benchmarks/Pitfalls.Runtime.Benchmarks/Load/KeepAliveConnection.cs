using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pitfalls.Runtime.Benchmarks.Load;

/// <summary>HTTP/1.1 as far as the app under test speaks it: one request at a time, an answer with a length or in chunks.</summary>
internal sealed class KeepAliveConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private string _path = "";
    private byte[] _request = [];

    public KeepAliveConnection(IPEndPoint server)
    {
        _socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 30_000 };
        _socket.Connect(server);
    }

    /// <exception cref="IOException">The answer is not a 200, or there is none.</exception>
    public void Get(string path)
    {
        if (_path != path)
            (_path, _request) = (path, Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n"));
        _socket.Send(_request);
        var length = 0;
        while (true)
        {
            var read = _socket.Receive(_buffer, length, _buffer.Length - length, SocketFlags.None);
            if (read == 0)
                throw new IOException("the server closed the connection");
            length += read;
            if (IsWhole(_buffer.AsSpan(0, length)))
                return;
        }
    }

    public void Dispose() => _socket.Dispose();

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;
        if (!answer.StartsWith("HTTP/1.1 200 "u8))
            throw new IOException("the answer is " + Encoding.ASCII.GetString(answer[..answer.IndexOf("\r\n"u8)]));
        var head = answer[..end];
        var body = answer[(end + 4)..];
        var length = head.IndexOf("\r\nContent-Length: "u8);
        // JSON holds no bare line breaks, so the last chunk's mark cannot be part of a body.
        return length >= 0
            ? body.Length == LeadingNumber(head[(length + 18)..])
            : body.EndsWith("\r\n0\r\n\r\n"u8);
    }

    private static int LeadingNumber(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf((byte)'\r');
        return int.Parse(end < 0 ? text : text[..end], NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
