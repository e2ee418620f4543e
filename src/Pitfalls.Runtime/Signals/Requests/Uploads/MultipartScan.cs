using System.Text;

namespace Pitfalls.Runtime.Signals.Requests.Uploads;

/// <summary>
/// Follows a multipart body (RFC 2046) as it passes, in pieces of any size, and notes of each part that is a file its headers, first bytes
/// and length. What it remembers is bounded, whatever comes; a body that is none of these ends the scan, not the request.
/// </summary>
internal sealed class MultipartScan : IBodyScan
{
    public const int MaxFiles = 16;
    public const int MaxHeaders = 8 * 1024;
    public const int MaxBoundary = 256;

    private readonly List<ScannedFile> _files = [];
    private readonly byte[] _delimiter;
    private readonly byte[] _joint;
    private int _tail;
    private byte[] _headers = new byte[512];
    private int _headersLength;
    private ScannedFile? _file;
    private long _fed;
    private State _state = State.Content;

    public MultipartScan(string boundary)
    {
        _delimiter = Encoding.Latin1.GetBytes("\r\n--" + boundary);
        // The end of what came before, followed by the beginning of what comes next: a delimiter across both lies in here.
        _joint = new byte[_delimiter.Length * 2];
        // The first delimiter stands at the very beginning, without a line before it.
        "\r\n"u8.CopyTo(_joint);
        _tail = 2;
    }

    private enum State
    {
        Content,
        Headers,
        Done,
    }

    public IReadOnlyList<ScannedFile> Files => _files;

    public void Feed(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && _state != State.Done)
            bytes = bytes[(_state == State.Content ? FeedContent(bytes) : FeedHeaders(bytes))..];
    }

    public void End()
    {
        // A part without its end stays without a length.
    }

    /// <returns>How many bytes are done with.</returns>
    private int FeedContent(ReadOnlySpan<byte> bytes)
    {
        var end = EndOfDelimiter(bytes);
        var content = end < 0 ? bytes : bytes[..end];
        _file?.Append(content);
        _fed += content.Length;
        if (end < 0)
        {
            KeepTail(bytes);
            return bytes.Length;
        }

        _file?.End(_fed - _delimiter.Length);
        _file = null;
        _tail = 0;
        _headersLength = 0;
        _state = State.Headers;
        return end;
    }

    /// <summary>Where the next delimiter ends in these bytes, wherever it began; -1: none does.</summary>
    private int EndOfDelimiter(ReadOnlySpan<byte> bytes)
    {
        if (_tail > 0)
        {
            var more = Math.Min(bytes.Length, _delimiter.Length - 1);
            bytes[..more].CopyTo(_joint.AsSpan(_tail));
            if (_joint.AsSpan(0, _tail + more).IndexOf(_delimiter) is >= 0 and var across)
                return across + _delimiter.Length - _tail;
        }

        return bytes.IndexOf(_delimiter) is >= 0 and var at ? at + _delimiter.Length : -1;
    }

    private void KeepTail(ReadOnlySpan<byte> bytes)
    {
        var most = _delimiter.Length - 1;
        if (bytes.Length >= most)
        {
            bytes[^most..].CopyTo(_joint);
            _tail = most;
            return;
        }

        var kept = Math.Min(_tail, most - bytes.Length);
        _joint.AsSpan(_tail - kept, kept).CopyTo(_joint);
        bytes.CopyTo(_joint.AsSpan(kept));
        _tail = kept + bytes.Length;
    }

    private int FeedHeaders(ReadOnlySpan<byte> bytes)
    {
        var before = _headersLength;
        var taken = Math.Min(bytes.Length, MaxHeaders - before);
        if (before + taken > _headers.Length)
            Array.Resize(ref _headers, Math.Min(MaxHeaders, Math.Max(_headers.Length * 2, before + taken)));
        bytes[..taken].CopyTo(_headers.AsSpan(before));
        _headersLength += taken;

        ReadOnlySpan<byte> all = _headers.AsSpan(0, _headersLength);
        var from = Math.Max(0, before - 3);
        var end = all[from..].IndexOf("\r\n\r\n"u8);
        if (all.StartsWith("--"u8) || (end < 0 && _headersLength == MaxHeaders))
        {
            _state = State.Done;
            return bytes.Length;
        }

        if (end < 0)
            return taken;
        var length = from + end + 4;
        BeginPart(all[..length]);
        return length - before;
    }

    private void BeginPart(ReadOnlySpan<byte> headers)
    {
        // Parts without a file name are fields of the form, and none of our business.
        if (_files.Count < MaxFiles && Encoding.Latin1.GetString(headers).Contains("filename", StringComparison.OrdinalIgnoreCase))
        {
            _file = new ScannedFile(headers.ToArray());
            _files.Add(_file);
        }
        else
        {
            _file = null;
        }

        _fed = 0;
        _state = State.Content;
    }
}
