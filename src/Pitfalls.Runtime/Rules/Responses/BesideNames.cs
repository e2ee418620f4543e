namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>What other properties of an object say about its secrets.</summary>
[Flags]
internal enum Beside : byte
{
    None = 0,

    /// <summary><c>access_token</c>.</summary>
    AccessToken = 1,

    /// <summary><c>token_type</c> or <c>expires_in</c>: with an access token, an answer of RFC 6749.</summary>
    TokenTerms = 2,

    /// <summary>Somebody's name or a server's: what stands as <c>pass</c> beside it is a password.</summary>
    Login = 4,
}

/// <summary>Names that explain what stands beside or below them, in any casing.</summary>
internal static class BesideNames
{
    private const int MaxLetters = 20;

    private static readonly Dictionary<string, Beside>.AlternateLookup<ReadOnlySpan<char>> s_meanings = new Dictionary<string, Beside>
    {
        ["accesstoken"] = Beside.AccessToken,
        ["tokentype"] = Beside.TokenTerms,
        ["expiresin"] = Beside.TokenTerms,
        ["user"] = Beside.Login,
        ["username"] = Beside.Login,
        ["userid"] = Beside.Login,
        ["login"] = Beside.Login,
        ["email"] = Beside.Login,
        ["host"] = Beside.Login,
    }.GetAlternateLookup<ReadOnlySpan<char>>();

    // Below these, properties are called like a form's fields and hold what is to be said about them.
    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> s_texts = new HashSet<string>
    {
        "error", "errors", "modelstate", "validation", "validationerrors", "validationproblems", "fielderrors", "formerrors", "invalidparams",
        "invalidfields", "failures", "violations", "problems", "issues", "messages", "labels", "placeholders", "tooltips", "translations",
    }.GetAlternateLookup<ReadOnlySpan<char>>();

    public static Beside Meaning(ReadOnlySpan<byte> name)
    {
        Span<char> letters = stackalloc char[MaxLetters];
        return s_meanings.TryGetValue(Letters(name, letters), out var meaning) ? meaning : Beside.None;
    }

    public static bool HoldTexts(ReadOnlySpan<byte> name)
    {
        Span<char> letters = stackalloc char[MaxLetters];
        return s_texts.Contains(Letters(name, letters));
    }

    private static ReadOnlySpan<char> Letters(ReadOnlySpan<byte> name, Span<char> letters)
    {
        var count = 0;
        foreach (var c in name)
        {
            if (c is (byte)'_' or (byte)'-')
                continue;
            if (count == letters.Length)
                return [];
            letters[count++] = (char)(c is >= (byte)'A' and <= (byte)'Z' ? c | 0x20 : c);
        }

        return letters[..count];
    }
}
