using System.IO.Compression;
using System.Text;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>From the bytes on the wire to UTF-8 text: decompressed and transcoded, never more than the cap, cut bodies included.</summary>
internal static class BodyText
{
    /// <summary>The text and whether it was cut; <see langword="null"/> when it cannot be read.</summary>
    public static (ReadOnlyMemory<byte> Text, bool IsTruncated)? Read(ReadOnlyMemory<byte> bytes, bool isCut, string? contentEncoding, string? charset)
    {
        if (!string.IsNullOrEmpty(contentEncoding) && !contentEncoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            if (Decompress(bytes, contentEncoding.Trim().ToLowerInvariant()) is not { } plain)
                return null;
            (bytes, isCut) = (plain.Bytes, isCut || plain.IsCut);
        }

        return Transcode(bytes, charset) is { } text ? (WithoutMark(text), isCut) : null;
    }

    private static (ReadOnlyMemory<byte> Bytes, bool IsCut)? Decompress(ReadOnlyMemory<byte> bytes, string encoding)
    {
        using var source = new MemoryStream(bytes.ToArray());
        using Stream? plain = encoding switch
        {
            "gzip" or "x-gzip" => new GZipStream(source, CompressionMode.Decompress),
            "br" => new BrotliStream(source, CompressionMode.Decompress),
            "deflate" => new ZLibStream(source, CompressionMode.Decompress),
            _ => null,
        };
        if (plain is null)
            return null;

        // Small bombs stay small: what comes out is bounded like what goes in.
        var text = new byte[BodyCopy.MaxBytes];
        var length = 0;
        try
        {
            int read;
            while (length < text.Length && (read = plain.Read(text, length, text.Length - length)) > 0)
                length += read;
            return (text.AsMemory(0, length), length == text.Length);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or InvalidOperationException)
        {
            return length > 0 ? (text.AsMemory(0, length), true) : null;
        }
    }

    private static ReadOnlyMemory<byte>? Transcode(ReadOnlyMemory<byte> bytes, string? charset)
    {
        if (string.IsNullOrEmpty(charset)
            || charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase))
            return bytes;
        try
        {
            return Encoding.Convert(Encoding.GetEncoding(charset), Encoding.UTF8, bytes.ToArray());
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> text) =>
        text.Span.StartsWith(Encoding.UTF8.Preamble) ? text[Encoding.UTF8.Preamble.Length..] : text;
}
