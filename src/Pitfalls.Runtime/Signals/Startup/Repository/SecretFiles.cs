using System.Text;

namespace Pitfalls.Runtime.Signals.Startup.Repository;

/// <summary>Which files are worth a look, and what of their content a rule may know. Values stay in here.</summary>
internal static class SecretFiles
{
    private const int MaxRead = 64 * 1024;

    /// <summary>As git's pathspecs: any casing, in any folder.</summary>
    public static IReadOnlyList<string> Patterns { get; } =
    [
        ".env", ".env.*", "*.env", "*.pfx", "*.p12", "*.pem", "*.key", "*.ppk", "*.pk8", "*.jks", "*.keystore", "secrets.json",
        "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_rsa.*", "id_dsa.*", "id_ecdsa.*", "id_ed25519.*",
    ];

    public static bool IsCandidate(string name) => Patterns.Any(p => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(p, name, ignoreCase: true));

    /// <summary>The file as it lies there; <see langword="null"/>: it does not, or nobody may read it.</summary>
    public static CandidateFile? Read(string fullPath, string path, bool isTracked, bool isUnderWebRoot)
    {
        try
        {
            var file = new FileInfo(fullPath);
            if (!file.Exists)
                return null;
            var text = ReadText(fullPath);
            return new CandidateFile
            {
                Path = path,
                IsTracked = isTracked,
                IsUnderWebRoot = isUnderWebRoot,
                Length = file.Length,
                HoldsPrivateKey = text.Contains("PRIVATE KEY-----", StringComparison.Ordinal) || text.StartsWith("PuTTY-User-Key-File", StringComparison.Ordinal),
                Assigned = file.Name.Contains(".env", StringComparison.OrdinalIgnoreCase) && file.Length <= MaxRead ? Names(text) : null,
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or System.Security.SecurityException)
        {
            return null;
        }
    }

    private static string ReadText(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[(int)Math.Min(MaxRead, stream.Length)];
        return Encoding.UTF8.GetString(bytes, 0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
    }

    /// <summary>The names that get a value; <c>export NAME=value</c> is the shell's form.</summary>
    private static List<string> Names(string text) =>
    [
        .. text.Split('\n')
            .Select(l => l.Trim())
            .Where(l => l.Length > 0 && l[0] != '#' && l.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && l[(at + 1)..].Trim(' ', '"', '\'').Length > 0)
            .Select(l => l[..l.IndexOf('=', StringComparison.Ordinal)].Trim())
            .Select(n => n.StartsWith("export ", StringComparison.Ordinal) ? n[7..].Trim() : n),
    ];
}
