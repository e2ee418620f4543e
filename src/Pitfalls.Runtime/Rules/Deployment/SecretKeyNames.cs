namespace Pitfalls.Runtime.Rules.Deployment;

/// <summary>Which configuration keys hold secrets, by their names.</summary>
internal static class SecretKeyNames
{
    private static readonly string[] s_endings =
    [
        "password", "passwd", "pwd", "passphrase", "secret", "apikey", "secretkey", "signingkey", "privatekey", "accesskey", "encryptionkey", "jwtkey",
        "symmetrickey", "sharedkey", "sharedaccesskey", "accountkey", "masterkey", "authtoken", "accesstoken", "bearertoken", "clientsecret", "securitykey", "tokenkey", "hmackey", "cookiesecret",
    ];

    private static readonly string[] s_keyParents = ["jwt", "token", "bearer", "signing", "encryption", "auth", "dataprotection", "cookie", "security", "hmac"];

    /// <summary>Whether the key's last word names a secret, or is <c>Key</c> below something that signs or encrypts.</summary>
    public static bool Is(string key)
    {
        var words = key.Split(':');
        var last = Plain(words[^1]);
        // SigningKeys:0:Value of dotnet user-jwts.
        if (last == "value" && words.Length > 2 && int.TryParse(words[^2], out _))
            return Plain(words[^3]) is "signingkeys";
        if (int.TryParse(last, out _) && words.Length > 1)
            last = Plain(words[^2]).TrimEnd('s');
        return Array.Exists(s_endings, e => last.EndsWith(e, StringComparison.Ordinal))
            || (last is "key" && words.Length > 1 && Array.Exists(s_keyParents, p => Plain(words[^2]).Contains(p, StringComparison.Ordinal)));
    }

    private static string Plain(string word) => string.Concat(word.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
}
