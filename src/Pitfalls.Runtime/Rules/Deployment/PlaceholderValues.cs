using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Pitfalls.Runtime.Rules.Deployment;

/// <summary>Tells values that stand in for a secret, or are too weak to be one.</summary>
internal static partial class PlaceholderValues
{
    private static readonly Lazy<FrozenSet<string>> s_known = new(Load);

    // What points to a secret instead of being one.
    private static readonly string[] s_references =
        ["@microsoft.keyvault(", "keyvault:", "keyvault://", "vault:", "secretref:", "arn:", "op://", "ref+", "azurekeyvault", "projects/", "{cipher}", "enc:", "/run/secrets/", "file:"];

    public static int Count => s_known.Value.Count;

    /// <summary>Why the value is no secret; <see langword="null"/>: it may be one.</summary>
    public static string? Verdict(string value)
    {
        var text = value.Trim();
        if (text.Length == 0 || Array.Exists(s_references, r => text.StartsWith(r, StringComparison.OrdinalIgnoreCase)) || bool.TryParse(text, out _))
            return null;
        if (s_known.Value.Contains(text.ToLowerInvariant()))
            return "a well-known placeholder";
        if (Pattern().IsMatch(text))
            return "a placeholder";
        return text.Distinct().Count() <= 2 && text.Length > 2 ? "one character over and over" : null;
    }

    /// <summary>Bits of Shannon entropy in each byte.</summary>
    public static double Entropy(ReadOnlySpan<byte> bytes)
    {
        Span<int> counts = stackalloc int[256];
        foreach (var b in bytes)
            counts[b]++;
        var entropy = 0d;
        foreach (var count in counts)
        {
            if (count > 0)
                entropy -= (double)count / bytes.Length * Math.Log2((double)count / bytes.Length);
        }

        return entropy;
    }

    private static FrozenSet<string> Load()
    {
        using var reader = new StreamReader(typeof(PlaceholderValues).Assembly.GetManifestResourceStream("rules/placeholder-values.txt")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '#').ToFrozenSet(StringComparer.Ordinal);
    }

    // <your key>, ${SECRET}, {{secret}}, #{Secret}#, __SECRET__, [secret], your-…-here, change this …, replace with …, insert … here.
    [GeneratedRegex(
        @"^(<[^<>]{1,80}>|\$\{[^{}]{1,80}\}|\$\([^()]{1,80}\)|\{\{[^{}]{1,80}\}\}|#\{[^{}]{1,80}\}#?|__[A-Za-z0-9_.]{1,80}__|\[[^\[\]]{1,80}\]|%[A-Za-z0-9_]{1,80}%)$|^(your|my|insert|enter|put|add|some)[\s_-].*(key|secret|password|token|here|value)|change[\s_-]?(me|this|it)\b|replace[\s_-]?(me|this|with)\b|this[\s_-]?is[\s_-]?(a|my|the|not)[\s_-]?.{0,30}(secret|key|password)|(secret|key|password)[\s_-]?goes[\s_-]?here|please[\s_-]?(change|replace)|[\s_-]here[.!]*$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex Pattern();
}
