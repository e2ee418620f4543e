using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>Decides whether the value under a secret's name is one: not empty, masked, a placeholder, an address or a sentence.</summary>
/// <remarks>It looks at the value where it lies and keeps nothing of it.</remarks>
internal static class SensitiveValues
{
    /// <summary>What is longer is nobody's mask, placeholder or PIN.</summary>
    private const int MaxBytes = 1024;

    private const int MinOpaque = 8;

    private static readonly SearchValues<char> s_bullets = SearchValues.Create("•●∙█▪■⬤＊∗…");
    private static readonly SearchValues<string> s_masks = SearchValues.Create(["***", "...", "###", "xxxx"], StringComparison.OrdinalIgnoreCase);
    private static readonly SearchValues<string> s_threeX = SearchValues.Create(["xxx"], StringComparison.OrdinalIgnoreCase);

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> s_placeholders = new HashSet<string>(
        [
            "redacted", "hidden", "masked", "filtered", "removed", "scrubbed", "obfuscated", "omitted", "not shown", "sensitive", "n/a", "na", "none",
            "nil", "null", "undefined", "unknown", "empty", "blank", "string", "not set", "notset", "unset", "is set", "set", "yes", "no", "true",
            "false", "on", "off", "required", "optional", "enabled", "disabled", "configured", "not configured", "present", "missing", "available",
            "unavailable", "tbd", "todo", "read", "write",
        ],
        StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Addresses, references to a vault, and what is public by its own account.</summary>
    private static readonly string[] s_harmlessStarts =
    [
        "http://", "https://", "//", "~/", "./", "mailto:", "arn:", "projects/", "@Microsoft.KeyVault(", "op://", "vault:", "keyvault:", "secretref:", "your-", "your_",
        "pk_live_", "pk_test_", "ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-", "-----BEGIN PUBLIC KEY", "-----BEGIN RSA PUBLIC KEY", "-----BEGIN CERTIFICATE",
    ];

    /// <summary>Whether the reader's token, a text or a number, is a secret of a kind.</summary>
    /// <param name="kind">What the name promises.</param>
    /// <param name="value">Stands at the value.</param>
    /// <param name="names">Tells a label from a secret.</param>
    /// <exception cref="InvalidOperationException">The text is not valid UTF-8 or UTF-16.</exception>
    public static bool IsSecret(SecretKind kind, in Utf8JsonReader value, SensitiveNames names)
    {
        var isNumber = value.TokenType == JsonTokenType.Number;
        if (isNumber && IsText(kind))
            return false;
        if (value.ValueSpan.Length > MaxBytes)
            return !isNumber && (IsText(kind) || kind == SecretKind.Extra);
        Span<char> text = stackalloc char[MaxBytes];
        text = text[..(isNumber ? Encoding.ASCII.GetChars(value.ValueSpan, text) : value.CopyString(text))];
        return IsSecret(kind, ((ReadOnlySpan<char>)text).Trim(), names);
    }

    /// <summary>A text with blanks in it: what validation messages are and credentials are not.</summary>
    public static bool HasBlanks(in Utf8JsonReader value) => value.ValueSpan.Trim((byte)' ').Contains((byte)' ');

    private static bool IsText(SecretKind kind) =>
        kind is SecretKind.Text or SecretKind.Connection or SecretKind.NamedConnection or SecretKind.OAuthToken or SecretKind.Opaque or SecretKind.Pass;

    private static bool IsSecret(SecretKind kind, ReadOnlySpan<char> text, SensitiveNames names)
    {
        if (IsNothing(text) || IsMasked(text) || s_placeholders.Contains(text) || IsTemplate(text) || IsLabel(text, names) || IsSentence(text))
            return false;
        if (kind != SecretKind.Connection && IsAddress(text))
            return false;
        return kind switch
        {
            SecretKind.Opaque => IsOpaque(text),
            SecretKind.NamedConnection => text.Contains('='),
            SecretKind.Card => IsDigits(text, 12, 19),
            SecretKind.CardCode => IsDigits(text, 3, 4),
            SecretKind.PersonalId => DigitsIn(text) >= 6,
            SecretKind.TaxId => IsDigits(text, 8, 14),
            SecretKind.Pin => IsDigits(text, 4, 12),
            // Indian postal codes have six digits, the first of which is never 0.
            SecretKind.PinCode => IsDigits(text, 4, 12) && (text.Length != 6 || text[0] == '0'),
            SecretKind.OneTimeCode => IsDigits(text, 4, 10),
            _ => true,
        };
    }

    /// <summary>Signs only, or zeros only.</summary>
    private static bool IsNothing(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (c != '0' && (char.IsLetterOrDigit(c) || char.IsSurrogate(c)))
                return false;
        }

        return true;
    }

    private static bool IsMasked(ReadOnlySpan<char> text) =>
        text.ContainsAny(s_bullets) || text.ContainsAny(s_masks)
        // XXX-XX-6789
        || (text.ContainsAny(s_threeX) && Each(text, static c => c is 'x' or 'X' or ' ' or '-' || char.IsAsciiDigit(c)));

    /// <summary><c>[Filtered]</c>, <c>&lt;your-api-key&gt;</c>, <c>${DB_PASSWORD}</c>, <c>%SECRET%</c>.</summary>
    private static bool IsTemplate(ReadOnlySpan<char> text)
    {
        var inside = text is ['$' or '@', '{' or '(', ..] ? text[1..] : text;
        return inside is ['[', .., ']'] or ['<', .., '>'] or ['(', .., ')'] or ['{', .., '}'] or ['%', .., '%']
            && Each(inside[1..^1], static c => char.IsLetterOrDigit(c) || c is ' ' or '_' or '-' or '.' or ':' or '{' or '}' or '*');
    }

    /// <summary>A text of a form, <c>Your password</c>, or another name, <c>API_KEY</c>.</summary>
    private static bool IsLabel(ReadOnlySpan<char> text, SensitiveNames names) =>
        char.IsUpper(text[0]) && text.ContainsAny(' ', '_')
        && Each(text, static c => char.IsLetter(c) || c is ' ' or '_' or '-')
        && names.Judge(text) != SecretKind.None;

    /// <summary>Three words or more and a full stop: somebody talks to a person.</summary>
    private static bool IsSentence(ReadOnlySpan<char> text) =>
        text[^1] is '.' or '?' or '!' or ':' && text.Count(' ') >= 2 && !text.Contains('=')
        && Each(text, static c => char.IsLetterOrDigit(c) || c is ' ' or '.' or ',' or ';' or ':' or '?' or '!' or '\'' or '"' or '-' or '(' or ')' or '’');

    private static bool IsAddress(ReadOnlySpan<char> text)
    {
        foreach (var start in s_harmlessStarts)
        {
            if (text.StartsWith(start, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        // Stripe gives this "client secret" to browsers: it opens one payment.
        if (text.Contains("_secret_", StringComparison.Ordinal))
            return text.StartsWith("pi_", StringComparison.Ordinal) || text.StartsWith("seti_", StringComparison.Ordinal) || text.StartsWith("cs_", StringComparison.Ordinal);
        return text[0] == '/' && IsPath(text[1..]);
    }

    /// <summary>Base64 starts with a slash too, now and then, but mixes letters and digits.</summary>
    private static bool IsPath(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAny('?', '#');
        foreach (var segment in (end < 0 ? text : text[..end]).SplitAny('/'))
        {
            var part = (end < 0 ? text : text[..end])[segment];
            if (!Each(part, static c => char.IsLetter(c) || c is '-' or '_' or '.' or '{' or '}') && !Each(part, static c => char.IsAsciiHexDigitLower(c) || c == '-'))
                return false;
        }

        return true;
    }

    private static bool IsOpaque(ReadOnlySpan<char> text)
    {
        if (text.Length < MinOpaque || text.ContainsAny(' ', '\t', '\n'))
            return false;
        return text.ContainsAny(':', '=') || (text.ContainsAnyInRange('0', '9') && (text.ContainsAnyInRange('a', 'z') || text.ContainsAnyInRange('A', 'Z')));
    }

    private static bool IsDigits(ReadOnlySpan<char> text, int min, int max) =>
        Each(text, static c => char.IsAsciiDigit(c) || c is ' ' or '-') && DigitsIn(text) is var count && count >= min && count <= max;

    private static int DigitsIn(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var c in text)
            count += char.IsAsciiDigit(c) ? 1 : 0;
        return count;
    }

    private static bool Each(ReadOnlySpan<char> text, Func<char, bool> fits)
    {
        foreach (var c in text)
        {
            if (!fits(c))
                return false;
        }

        return true;
    }
}
