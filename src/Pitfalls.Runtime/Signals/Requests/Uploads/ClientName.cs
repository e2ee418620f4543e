using System.Text;

using Microsoft.Net.Http.Headers;

namespace Pitfalls.Runtime.Signals.Requests.Uploads;

/// <summary>Names as clients send them.</summary>
internal static class ClientName
{
    private const int ShortestHash = 40;

    /// <summary>Name and media type from the header lines of a form's part, as the framework reads them.</summary>
    public static (string? Name, string? MediaType) Parse(ReadOnlySpan<byte> headers)
    {
        string? name = null;
        string? type = null;
        foreach (var line in Encoding.UTF8.GetString(headers).Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.IndexOf(':', StringComparison.Ordinal) is not (> 0 and var colon))
                continue;
            var value = line[(colon + 1)..].Trim();
            if (line.AsSpan(0, colon).Equals("Content-Type", StringComparison.OrdinalIgnoreCase))
                type = MediaTypes.Parse(value).MediaType;
            else if (line.AsSpan(0, colon).Equals("Content-Disposition", StringComparison.OrdinalIgnoreCase) && ContentDispositionHeaderValue.TryParse(value, out var disposition))
                name = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value;
        }

        return (name, type);
    }

    /// <summary>Whether a file on disk has the name the client sent: the last part of it, in any casing, in whatever folder.</summary>
    public static bool IsNameOf(string clientName, string path)
    {
        var name = Path.GetFileName(path);
        return name.Length > 0 && Candidates(clientName).Any(c => c.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>What the file would be called: after the last slash, after the last separator of either kind, or with backslashes in it.</summary>
    public static IEnumerable<string> Candidates(string clientName)
    {
        string[] names = [clientName[(clientName.LastIndexOf('/') + 1)..], clientName[(clientName.LastIndexOfAny(['/', '\\']) + 1)..]];
        return names.Where(n => n.Length is > 0 and < 256 && n is not ("." or "..") && !n.Contains('\0', StringComparison.Ordinal) && !IsHash(n)).Distinct(StringComparer.Ordinal);
    }

    /// <summary>The extension in lower case, without its dot.</summary>
    public static string? ExtensionOf(string? clientName) =>
        clientName?.LastIndexOf('.') is >= 0 and var dot && dot < clientName.Length - 1 && clientName.Length - dot <= 12 && !clientName.AsSpan(dot).ContainsAny('/', '\\')
            ? clientName[(dot + 1)..].ToLowerInvariant()
            : null;

    /// <summary>A store that names files by their content gives a file that comes back the very name it had: that name is the store's.</summary>
    private static bool IsHash(string name)
    {
        var stem = Path.GetFileNameWithoutExtension(name);
        return stem.Length >= ShortestHash && stem.All(char.IsAsciiHexDigit);
    }
}
