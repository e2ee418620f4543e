using System.Text;

using Pitfalls.Runtime.Rules.Requests;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Signals.Requests.Uploads;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.Requests;

public class ClientContentTypeTests
{
    /// <summary>First bytes as they are in the wild, and what they are.</summary>
    private static readonly Dictionary<string, byte[]> s_heads = new()
    {
        ["png"] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13],
        ["jpeg"] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 0x4A, 0x46],
        ["gif"] = [.. "GIF89a"u8, 1, 0, 1, 0],
        ["webp"] = [.. "RIFF"u8, 36, 0, 0, 0, .. "WEBPVP8 "u8],
        ["bmp"] = [.. "BM"u8, 70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0],
        ["tiff"] = [0x49, 0x49, 0x2A, 0x00, 8, 0, 0, 0],
        ["icon"] = [0, 0, 1, 0, 1, 0, 16, 16],
        ["heif"] = [0, 0, 0, 24, .. "ftypheic"u8, 0, 0, 0, 0],
        ["pdf"] = Encoding.ASCII.GetBytes("%PDF-1.7\n%"),
        ["postscript"] = Encoding.ASCII.GetBytes("%!PS-Adobe-3.0\n"),
        ["rtf"] = Encoding.ASCII.GetBytes("{\\rtf1\\ansi"),
        ["ole"] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0],
        ["zip"] = [.. "PK"u8, 3, 4, 20, 0, 0, 0],
        ["7z"] = [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0, 4],
        ["rar"] = [.. "Rar!"u8, 0x1A, 7, 1, 0],
        ["gzip"] = [0x1F, 0x8B, 8, 0, 0, 0],
        ["bzip2"] = [.. "BZh9"u8, 0x31, 0x41, 0x59, 0x26],
        ["xz"] = [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0, 4],
        ["tar"] = [.. new byte[257], .. "ustar"u8, 0],
        ["windows-program"] = [.. "MZ"u8, 0x90, 0, 3, 0, 0, 0],
        ["elf-program"] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0],
        ["mach-o-program"] = [0xCF, 0xFA, 0xED, 0xFE, 7, 0, 0, 1],
        ["java-class"] = [0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 52],
        ["webassembly"] = [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0],
        ["shortcut"] = [0x4C, 0, 0, 0, 1, 0x14, 2, 0],
        ["script"] = Encoding.ASCII.GetBytes("#!/bin/sh\nrm -rf /\n"),
        ["php"] = Encoding.ASCII.GetBytes("<?php system($_GET['c']); ?>"),
        ["html"] = Encoding.ASCII.GetBytes("  <!-- hi --><HTML><body onload=x()>"),
        ["svg"] = Encoding.ASCII.GetBytes("<?xml version=\"1.0\"?><svg onload=\"x()\"/>"),
        ["xml"] = Encoding.ASCII.GetBytes("<?xml version=\"1.0\"?><order/>"),
        ["iso-media"] = [0, 0, 0, 32, .. "ftypisom"u8, 0, 0, 2, 0],
        ["matroska"] = [0x1A, 0x45, 0xDF, 0xA3, 1, 0, 0, 0],
        ["avi"] = [.. "RIFF"u8, 36, 0, 0, 0, .. "AVI LIST"u8],
        ["wave"] = [.. "RIFF"u8, 36, 0, 0, 0, .. "WAVEfmt "u8],
        ["ogg"] = [.. "OggS"u8, 0, 2, 0, 0],
        ["flac"] = [.. "fLaC"u8, 0, 0, 0, 34],
        ["mp3"] = [.. "ID3"u8, 3, 0, 0, 0, 0],
        ["midi"] = [.. "MThd"u8, 0, 0, 0, 6],
    };

    public static TheoryData<string> Kinds { get; } = [.. s_heads.Keys];

    [Fact]
    public void There_are_enough_signatures() => Assert.True(FileSignatures.All.Select(s => s.Kind).Concat(FileSignatures.Markup.Select(m => m.Kind)).Distinct().Count() >= 25);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Flags_each_kind_sent_as_something_else(string kind)
    {
        // A picture of another kind, and an archive of another kind: neither may be any of these.
        foreach (var claim in FileClaims.All.Where(c => c.Name is "image/png" or "image/jpeg" or "application/vnd.rar"))
        {
            if (claim.Kinds.Contains(kind))
                continue;
            var occurrence = Judge(s_heads[kind], claim.Types[0], claim.Extensions[0]).Single;
            Assert.Equal((claim.Name, kind), (occurrence.Evidence["claimed"], occurrence.Evidence["found"]));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void StaysSilent_on_each_kind_sent_as_what_it_is(string kind)
    {
        foreach (var claim in FileClaims.All.Where(c => c.Kinds.Contains(kind)))
        {
            foreach (var type in claim.Types)
                Assert.Empty(Judge(s_heads[kind], type, claim.Extensions[0]).Reports);
            foreach (var extension in claim.Extensions)
                Assert.Empty(Judge(s_heads[kind], null, extension).Reports);
        }
    }

    [Theory]
    [InlineData("image/jpeg", "png", "png")]
    [InlineData("image/png", "jpg", "png")]
    [InlineData(null, "jpg", "png")]
    [InlineData("image/x-unknown", "jpg", "png")]
    public void Flags_a_type_or_an_extension_that_is_wrong(string? type, string? extension, string kind) => Assert.Single(Judge(s_heads[kind], type, extension).Reports);

    [Fact]
    public void Flags_text_sent_as_a_picture() => Assert.Equal("text", Judge("this is no picture"u8.ToArray(), "image/png", "png").Single.Evidence["found"]);

    [Theory]
    [InlineData("application/octet-stream", "png", "html")]
    [InlineData("text/plain", "txt", "html")]
    [InlineData("text/csv", "csv", "zip")]
    [InlineData("application/json", "json", "html")]
    [InlineData("application/vnd.ms-excel", "xls", "html")]
    [InlineData("application/x-nobody-knows", "xyz", "windows-program")]
    [InlineData(null, null, "windows-program")]
    [InlineData("application/msword", "doc", "rtf")]
    [InlineData("image/x-icon", "ico", "png")]
    [InlineData("image/heic", "avif", "heif")]
    public void StaysSilent_on_what_claims_nothing_and_what_is_the_same(string? type, string? extension, string kind) => Assert.Empty(Judge(s_heads[kind], type, extension).Reports);

    [Theory]
    [InlineData("a,b\n1,2\n", "application/vnd.ms-excel")]
    [InlineData("some words", "application/pdf")]
    [InlineData("MZ is how this text begins", "video/mp4")]
    [InlineData("\u0001\u0002unknown\u0003", "image/png")]
    [InlineData("junk before it\n%PDF-1.4", "application/pdf")]
    [InlineData("x", "image/png")]
    public void StaysSilent_on_bytes_that_nobody_knows(string text, string type) => Assert.Empty(Judge(Encoding.UTF8.GetBytes(text), type, null).Reports);

    [Theory]
    [InlineData(400, false)]
    [InlineData(302, false)]
    [InlineData(500, false)]
    [InlineData(200, true)]
    public void StaysSilent_on_what_was_not_accepted(int status, bool page) => Assert.Empty(Judge(s_heads["html"], "image/png", "png", status, page).Reports);

    private static RecordingReporter Judge(byte[] head, string? type, string? extension, int status = 200, bool page = false)
    {
        var reporter = new RecordingReporter();
        new ClientContentType().Observe(
            new ObservedUpload
            {
                Endpoint = EndpointFacts.WithoutEndpoint(),
                Method = "POST",
                Status = status,
                AnsweredWithPage = page,
                Files = [new UploadedFile { DeclaredType = type, Extension = extension, Head = head, Length = head.Length }],
            },
            reporter);
        return reporter;
    }
}
