using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Pitfalls.Runtime.IntegrationTests.Support;

/// <summary>
/// HTTP/1.1 as bytes on a socket: what a client truly gets, framing included. Bytes are told as Latin-1 text, one character each,
/// so that a difference can be read.
/// </summary>
internal sealed partial class RawConnection : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket;
    private readonly StringBuilder _unread = new();
    private readonly byte[] _buffer = new byte[64 * 1024];

    private RawConnection(Socket socket) => _socket = socket;

    public static async Task<RawConnection> OpenAsync(Uri address, int? receiveBuffer = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } bytes)
            socket.ReceiveBufferSize = bytes;
        await socket.ConnectAsync(address.Host, address.Port);
        return new RawConnection(socket);
    }

    /// <summary>One request on a connection of its own, and all that comes back until the server closes it.</summary>
    public static async Task<string> ExchangeAsync(Uri address, string request)
    {
        await using var connection = await OpenAsync(address);
        await connection.SendAsync(request);
        return await connection.ReadToEndAsync();
    }

    public async Task SendAsync(string text) => await _socket.SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task<string> ReadToEndAsync()
    {
        try
        {
            while (await ReceiveAsync())
            {
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionReset)
        {
            _unread.Append("[connection reset]");
        }

        return Take(_unread.Length);
    }

    /// <summary>Everything up to and with a text.</summary>
    public async Task<string> ReadUntilAsync(string text)
    {
        int at;
        while ((at = _unread.ToString().IndexOf(text, StringComparison.Ordinal)) < 0)
        {
            if (!await ReceiveAsync())
                throw new Xunit.Sdk.XunitException($"The connection ended before '{text}' came. What came: {_unread}");
        }

        return Take(at + text.Length);
    }

    /// <summary>One response by its framing; the connection stays open.</summary>
    public async Task<string> ReadResponseAsync(bool toHead = false)
    {
        var head = await ReadUntilAsync("\r\n\r\n");
        if (toHead || head.StartsWith("HTTP/1.1 204", StringComparison.Ordinal) || head.StartsWith("HTTP/1.1 304", StringComparison.Ordinal))
            return head;
        if (ContentLength().Match(head) is { Success: true } length)
            return head + await ReadAsync(int.Parse(length.Groups[1].Value));
        if (!head.Contains("Transfer-Encoding: chunked", StringComparison.Ordinal))
            return head + await ReadToEndAsync();

        var body = new StringBuilder(head);
        while (true)
        {
            var size = await ReadUntilAsync("\r\n");
            body.Append(size);
            var bytes = Convert.ToInt32(size.Trim(), 16);
            if (bytes == 0)
                return body.Append(await ReadUntilAsync("\r\n")).ToString();
            body.Append(await ReadAsync(bytes + 2));
        }
    }

    /// <summary>What differs between any two runs, with the library or without: dates, trace ids, connection ids, numbers of generated methods.</summary>
    public static string Normalized(string response)
    {
        // The 100th generated method of the process has a longer name than the 99th: the size of its chunk differs too.
        if (GeneratedMethod().IsMatch(response))
            response = Joined(response);
        return GeneratedMethod().Replace(ConnectionId().Replace(TraceId().Replace(Date().Replace(response, "$1: *\r\n"), "00-*"), "0H*"), "lambda_method*");
    }

    /// <summary>A chunked response with its chunks in one piece, up to where it ends or is torn.</summary>
    public static string Joined(string response)
    {
        var at = response.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        if (!response[..at].Contains("Transfer-Encoding: chunked", StringComparison.Ordinal) || at == response.Length)
            return response;
        var joined = new StringBuilder(response[..at]);
        while (true)
        {
            var end = response.IndexOf("\r\n", at, StringComparison.Ordinal);
            // What has been joined already has no sizes any more.
            if (end < 0 || !int.TryParse(response.AsSpan(at, end - at), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var size) || size == 0)
                return joined.Append(response[at..]).ToString();
            joined.Append(response, end + 2, size);
            at = end + 2 + size + 2;
        }
    }

    /// <summary>Ends the connection with a reset, as a client that has gone.</summary>
    public void Abort()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string> ReadAsync(int bytes)
    {
        while (_unread.Length < bytes)
        {
            if (!await ReceiveAsync())
                throw new Xunit.Sdk.XunitException($"The connection ended {bytes - _unread.Length} bytes too early.");
        }

        return Take(bytes);
    }

    private async Task<bool> ReceiveAsync()
    {
        using var patience = new CancellationTokenSource(s_patience);
        try
        {
            var read = await _socket.ReceiveAsync(_buffer, patience.Token);
            _unread.Append(Encoding.Latin1.GetString(_buffer, 0, read));
            return read > 0;
        }
        catch (OperationCanceledException)
        {
            throw new Xunit.Sdk.XunitException($"Nothing more came for {s_patience.TotalSeconds} s. What came: {_unread}");
        }
    }

    private string Take(int length)
    {
        var text = _unread.ToString(0, length);
        _unread.Remove(0, length);
        return text;
    }

    [GeneratedRegex(@"(Date|Age): [^\r]*\r\n")]
    private static partial Regex Date();

    [GeneratedRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]")]
    private static partial Regex TraceId();

    [GeneratedRegex("0H[A-Z0-9]{11}(:[0-9A-F]{8})?")]
    private static partial Regex ConnectionId();

    [GeneratedRegex(@"lambda_method\d+")]
    private static partial Regex GeneratedMethod();

    [GeneratedRegex(@"\r\nContent-Length: (\d+)\r\n")]
    private static partial Regex ContentLength();
}
