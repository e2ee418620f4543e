using System.IO.Compression;
using System.Text;

using CsCheck;

using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Tests.Signals.Requests;

public class BodyTextTests
{
    private static readonly string[] s_codings = ["gzip", "br", "deflate"];

    private static readonly byte[] s_json = Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Range(0, 200).Select(i => $"{{\"id\":{i},\"name\":\"näme {i * 7919 % 1000}\"}}")) + "]");

    [Theory]
    [InlineData("gzip")]
    [InlineData("GZIP")]
    [InlineData(" x-gzip ")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("identity")]
    [InlineData("")]
    [InlineData(null)]
    public void A_whole_body_comes_back_as_it_was(string? coding)
    {
        var text = BodyText.Read(Compress(s_json, coding), isCut: false, coding, "utf-8")!.Value;

        Assert.Equal(s_json, text.Text.ToArray());
        Assert.False(text.IsTruncated);
    }

    [Fact]
    public void Cut_anywhere_it_gives_what_is_readable_and_never_throws()
    {
        foreach (var coding in s_codings)
        {
            var bytes = Compress(s_json, coding);
            var longest = 0;
            for (var length = 0; length < bytes.Length; length++)
            {
                if (BodyText.Read(bytes.AsMemory(0, length), isCut: true, coding, null) is not { } text)
                    continue;
                Assert.True(text.IsTruncated);
                Assert.True(s_json.AsSpan().StartsWith(text.Text.Span), $"{coding} cut at {length} is no beginning");
                longest = Math.Max(longest, text.Text.Length);
            }

            Assert.True(longest > s_json.Length / 2, $"{coding}: {longest} bytes at best");
        }
    }

    [Fact]
    public void Whatever_claims_to_be_compressed_never_throws() =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.OneOf(s_codings), Gen.Bool).Sample((bytes, coding, isCut) =>
        {
            var text = BodyText.Read(bytes, isCut, coding, null);
            Assert.True(text is null || text.Value.Text.Length <= BodyCopy.MaxBytes);
        });

    [Fact]
    public void A_damaged_body_never_throws() =>
        Gen.Select(Gen.Int[0, 2000], Gen.Byte, Gen.OneOf(s_codings)).Sample((at, value, coding) =>
        {
            var bytes = Compress(s_json, coding);
            bytes[at % bytes.Length] = value;
            _ = BodyText.Read(bytes, isCut: false, coding, null);
        });

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public void A_bomb_stays_small(string coding)
    {
        var bomb = Compress(new byte[200_000_000], coding);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var text = BodyText.Read(bomb.AsMemory(0, Math.Min(bomb.Length, BodyCopy.MaxBytes)), isCut: false, coding, null)!.Value;

        Assert.Equal((BodyCopy.MaxBytes, true), (text.Text.Length, text.IsTruncated));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip, br")]
    [InlineData("compress")]
    public void A_coding_nobody_knows_is_not_read(string coding) => Assert.Null(BodyText.Read(s_json, isCut: false, coding, null));

    [Theory]
    [InlineData("utf-8")]
    [InlineData("UTF-8")]
    [InlineData("utf-16")]
    [InlineData("iso-8859-1")]
    public void Every_charset_becomes_utf8(string charset)
    {
        var bytes = Encoding.GetEncoding(charset).GetBytes("{\"näme\":1}");

        Assert.Equal("{\"näme\":1}", Encoding.UTF8.GetString(BodyText.Read(bytes, isCut: false, null, charset)!.Value.Text.Span));
    }

    [Fact]
    public void A_charset_nobody_knows_is_not_read() => Assert.Null(BodyText.Read(s_json, isCut: false, null, "x-klingon"));

    [Fact]
    public void A_byte_order_mark_is_no_text()
    {
        byte[] bytes = [.. Encoding.UTF8.Preamble, .. "null"u8];

        Assert.Equal("null"u8.ToArray(), BodyText.Read(bytes, isCut: false, null, null)!.Value.Text.ToArray());
    }

    private static byte[] Compress(byte[] plain, string? coding)
    {
        using var target = new MemoryStream();
        using (Stream? stream = coding?.Trim().ToLowerInvariant() switch
        {
            "gzip" or "x-gzip" => new GZipStream(target, CompressionLevel.Fastest),
            "br" => new BrotliStream(target, CompressionLevel.Fastest),
            "deflate" => new ZLibStream(target, CompressionLevel.Fastest),
            _ => null,
        })
        {
            if (stream is null)
                return plain;
            stream.Write(plain);
        }

        return target.ToArray();
    }
}
