namespace Pitfalls.Runtime.Rules.Requests;

/// <summary>The first bytes of the formats that matter: pictures, documents, archives, programs, media. Longer and rarer ones first.</summary>
internal static class FileSignatures
{
    public static IReadOnlyList<FileSignature> All { get; } =
    [
        // Pictures.
        new("png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
        new("jpeg", [0xFF, 0xD8, 0xFF]),
        new("gif", "GIF87a"u8),
        new("gif", "GIF89a"u8),
        new("webp", "WEBP"u8, 8) { First = "RIFF"u8.ToArray() },
        new("tiff", [0x49, 0x49, 0x2A, 0x00]),
        new("tiff", [0x4D, 0x4D, 0x00, 0x2A]),
        new("tiff", [0x49, 0x49, 0x2B, 0x00]),
        new("photoshop", "8BPS"u8),
        new("jpeg-2000", [0x00, 0x00, 0x00, 0x0C, 0x6A, 0x50, 0x20, 0x20]),
        new("jpeg-xl", [0x00, 0x00, 0x00, 0x0C, 0x4A, 0x58, 0x4C, 0x20]),
        new("heif", "ftypheic"u8, 4),
        new("heif", "ftypheix"u8, 4),
        new("heif", "ftyphevc"u8, 4),
        new("heif", "ftypmif1"u8, 4),
        new("heif", "ftypmsf1"u8, 4),
        new("heif", "ftypavif"u8, 4),
        new("heif", "ftypavis"u8, 4),
        new("icon", [0x00, 0x00, 0x01, 0x00]),
        new("icon", [0x00, 0x00, 0x02, 0x00]),
        // Behind the length stand two reserved words of zero.
        new("bmp", [0x00, 0x00, 0x00, 0x00], 6) { First = "BM"u8.ToArray() },

        // Documents.
        new("pdf", "%PDF-"u8),
        new("postscript", "%!PS"u8),
        new("rtf", "{\\rtf"u8),
        new("ole", [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
        new("sqlite", "SQLite format 3\0"u8),

        // Archives. Office documents, Java and Android packages are ZIP files.
        new("zip", [0x50, 0x4B, 0x03, 0x04]),
        new("zip", [0x50, 0x4B, 0x05, 0x06]),
        new("zip", [0x50, 0x4B, 0x07, 0x08]),
        new("7z", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
        new("rar", "Rar!\u001A\u0007"u8),
        new("gzip", [0x1F, 0x8B]),
        new("bzip2", "BZh"u8),
        new("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]),
        new("zstandard", [0x28, 0xB5, 0x2F, 0xFD]),
        new("cabinet", "MSCF"u8),
        new("tar", "ustar"u8, 257),

        // Programs and what starts one.
        new("windows-program", "MZ"u8),
        new("elf-program", [0x7F, 0x45, 0x4C, 0x46]),
        new("mach-o-program", [0xFE, 0xED, 0xFA, 0xCE]),
        new("mach-o-program", [0xFE, 0xED, 0xFA, 0xCF]),
        new("mach-o-program", [0xCE, 0xFA, 0xED, 0xFE]),
        new("mach-o-program", [0xCF, 0xFA, 0xED, 0xFE]),
        new("java-class", [0xCA, 0xFE, 0xBA, 0xBE]),
        new("webassembly", [0x00, 0x61, 0x73, 0x6D]),
        new("dex", "dex\n"u8),
        new("shortcut", [0x4C, 0x00, 0x00, 0x00, 0x01, 0x14, 0x02, 0x00]),
        new("script", "#!"u8),

        // Sound and film.
        new("iso-media", "ftyp"u8, 4),
        new("iso-media", "moov"u8, 4),
        new("iso-media", "mdat"u8, 4),
        new("matroska", [0x1A, 0x45, 0xDF, 0xA3]),
        new("avi", "AVI "u8, 8) { First = "RIFF"u8.ToArray() },
        new("wave", "WAVE"u8, 8) { First = "RIFF"u8.ToArray() },
        new("ogg", "OggS"u8),
        new("flac", "fLaC"u8),
        new("mp3", "ID3"u8),
        new("mp3", [0xFF, 0xFB]),
        new("mp3", [0xFF, 0xF3]),
        new("mp3", [0xFF, 0xF2]),
        new("aac", [0xFF, 0xF1]),
        new("aac", [0xFF, 0xF9]),
        new("midi", "MThd"u8),
        new("aiff", "FORM"u8),
        new("flash-video", "FLV\u0001"u8),
        new("windows-media", [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11]),
        new("mpeg", [0x00, 0x00, 0x01, 0xBA]),
        new("mpeg", [0x00, 0x00, 0x01, 0xB3]),

        // Fonts.
        new("woff", "wOFF"u8),
        new("woff", "wOF2"u8),
        new("opentype", "OTTO\0"u8),
    ];

    /// <summary>How markup and scripts in it begin.</summary>
    public static IReadOnlyList<(string Start, string Kind)> Markup { get; } =
    [
        ("<!doctype html", "html"), ("<html", "html"), ("<head", "html"), ("<body", "html"), ("<title", "html"), ("<script", "html"), ("<iframe", "html"), ("<style", "html"),
        ("<meta", "html"), ("<link", "html"), ("<div", "html"), ("<h1", "html"), ("<p>", "html"), ("<img", "html"), ("<a ", "html"), ("<table", "html"), ("<form", "html"), ("<br", "html"),
        ("<object", "html"), ("<embed", "html"), ("<svg", "svg"), ("<!doctype svg", "svg"), ("<?xml", "xml"), ("<?php", "php"), ("<?=", "php"), ("<%", "script"), ("<jsp:", "script"),
    ];
}

/// <summary>Bytes at a place that tell a format.</summary>
internal sealed class FileSignature(string kind, ReadOnlySpan<byte> bytes, int offset = 0)
{
    public string Kind => kind;

    public byte[] Bytes { get; } = bytes.ToArray();

    /// <summary>What must stand at the very beginning besides.</summary>
    public byte[] First { get; init; } = [];

    public bool Matches(ReadOnlySpan<byte> head) =>
        head.Length >= offset + Bytes.Length && head[offset..].StartsWith(Bytes) && head.StartsWith(First);
}
