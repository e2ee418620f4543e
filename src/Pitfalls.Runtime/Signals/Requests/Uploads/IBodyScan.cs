namespace Pitfalls.Runtime.Signals.Requests.Uploads;

/// <summary>Looks at a body as it passes, in memory of a fixed size.</summary>
internal interface IBodyScan
{
    /// <summary>The files seen so far.</summary>
    IReadOnlyList<ScannedFile> Files { get; }

    void Feed(ReadOnlySpan<byte> bytes);

    /// <summary>No more will come.</summary>
    void End();
}

/// <summary>One file as it came over the wire: its headers, its first bytes and its length.</summary>
internal sealed class ScannedFile(byte[] headers)
{
    public const int MaxHead = 512;

    private readonly byte[] _head = new byte[MaxHead];
    private int _headLength;

    /// <summary>The lines before its content, of a part of a form.</summary>
    public ReadOnlyMemory<byte> Headers => headers;

    public ReadOnlyMemory<byte> Head => _head.AsMemory(0, _headLength);

    /// <summary>Its length; <see langword="null"/> until it has come to its end.</summary>
    public long? Length { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var taken = bytes[..Math.Min(bytes.Length, MaxHead - _headLength)];
        taken.CopyTo(_head.AsSpan(_headLength));
        _headLength += taken.Length;
    }

    public void End(long length)
    {
        Length = length;
        // The end was noticed when the mark behind the content had passed, too.
        _headLength = (int)Math.Min(_headLength, length);
    }
}

/// <summary>A body that is a file by itself.</summary>
internal sealed class RawScan : IBodyScan
{
    private readonly ScannedFile _file = new([]);
    private long _length;

    public IReadOnlyList<ScannedFile> Files => [_file];

    public void Feed(ReadOnlySpan<byte> bytes)
    {
        _file.Append(bytes);
        _length += bytes.Length;
    }

    public void End() => _file.End(_length);
}
