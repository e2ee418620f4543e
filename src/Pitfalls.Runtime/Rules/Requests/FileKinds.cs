using System.Buffers;
using System.Text;

namespace Pitfalls.Runtime.Rules.Requests;

/// <summary>What files are by their first bytes, and what media types and extensions promise.</summary>
internal static class FileKinds
{
    private const string Text = "text";

    private static readonly SearchValues<byte> s_noText = SearchValues.Create([.. Enumerable.Range(0, 32).Where(b => b is not (9 or 10 or 12 or 13 or 27)).Select(b => (byte)b), 127]);

    private static readonly string[] s_silentTypes =
        ["application/octet-stream", "binary/octet-stream", "application/x-binary", "application/binary", "application/unknown", "application/x-download", "application/force-download", "application/x-empty"];

    private static readonly string[] s_active = ["html", "svg", "script", "php", "xml", "windows-program", "elf-program", "mach-o-program", "java-class", "webassembly", "shortcut", "dex"];

    private static readonly Dictionary<string, FileClaim> s_byType = FileClaims.All.SelectMany(c => c.Types.Select(t => (t, c))).ToDictionary(p => p.t, p => p.c, StringComparer.Ordinal);

    private static readonly Dictionary<string, FileClaim> s_byExtension = FileClaims.All.SelectMany(c => c.Extensions.Select(e => (e, c))).ToDictionary(p => p.e, p => p.c, StringComparer.Ordinal);

    public static bool ClaimsNothing(string? mediaType) =>
        mediaType is not null && (s_silentTypes.Contains(mediaType) || mediaType.StartsWith("text/", StringComparison.Ordinal));

    public static FileClaim? OfType(string? mediaType) => mediaType is null ? null : s_byType.GetValueOrDefault(mediaType);

    public static FileClaim? OfExtension(string? extension) => extension is null ? null : s_byExtension.GetValueOrDefault(extension);

    /// <summary>Whether opening it runs something.</summary>
    public static bool IsActive(string kind) => s_active.Contains(kind);

    public static string Words(string kind) => kind switch
    {
        Text => "plain text",
        "html" => "HTML",
        "php" => "a PHP script",
        "script" => "a script",
        "windows-program" or "elf-program" or "mach-o-program" => $"a program ({kind[..^8]})",
        _ => kind,
    };

    /// <summary>What the bytes are; <see langword="null"/>: not known.</summary>
    public static string? Recognize(ReadOnlySpan<byte> head, FileClaim claim)
    {
        // Some formats may begin with bytes that are not theirs: a PDF with the mail it came in, a picture of a camera with its own header.
        if (claim.Anywhere is { } mark && head.IndexOf(mark) >= 0)
            return claim.Kinds[0];
        var isText = IsText(head);
        foreach (var signature in FileSignatures.All)
        {
            // Two letters at the beginning of a text are a word.
            if (signature.Matches(head) && !(isText && signature.Bytes.Length <= 2 && signature.Kind is not "script"))
                return signature.Kind;
        }

        if (!isText)
            return null;
        return Markup(head) ?? (claim.IsNeverText && head.Length >= 4 ? Text : null);
    }

    /// <summary>The first tag decides, in any casing, after white space, a byte order mark and comments.</summary>
    private static string? Markup(ReadOnlySpan<byte> head)
    {
        var text = Encoding.UTF8.GetString(head).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        while (text.StartsWith("<!--", StringComparison.Ordinal))
        {
            var end = text.IndexOf("-->", StringComparison.Ordinal);
            if (end < 0)
                return null;
            text = text[(end + 3)..].TrimStart();
        }

        foreach (var (start, kind) in FileSignatures.Markup)
        {
            if (text.StartsWith(start, StringComparison.OrdinalIgnoreCase))
                return kind == "xml" && text.Contains("<svg", StringComparison.OrdinalIgnoreCase) ? "svg" : kind;
        }

        return null;
    }

    private static bool IsText(ReadOnlySpan<byte> head)
    {
        if (head.ContainsAny(s_noText))
            return false;
        // The copy may end within a character.
        for (var cut = 0; cut < 4 && cut < head.Length; cut++)
        {
            if (System.Text.Unicode.Utf8.IsValid(head[..^cut]))
                return true;
        }

        return false;
    }
}

/// <summary>What a media type or an extension promises.</summary>
/// <param name="Name">As findings name it.</param>
/// <param name="Types">Its media types.</param>
/// <param name="Extensions">Its extensions.</param>
/// <param name="Kinds">What the bytes may be.</param>
internal sealed record FileClaim(string Name, string[] Types, string[] Extensions, string[] Kinds)
{
    /// <summary>Text is none of these, for certain.</summary>
    public bool IsNeverText { get; init; }

    /// <summary>Bytes that settle it wherever they stand among the first.</summary>
    public byte[]? Anywhere { get; init; }
}
