namespace Pitfalls.Runtime.Rules.Requests;

/// <summary>Splits names of routes and actions into words.</summary>
internal static class RouteWords
{
    /// <summary>Words of <c>forgot-password</c>, <c>ForgotPassword</c>, <c>.well-known</c>, in lower case.</summary>
    public static List<string> Of(string name)
    {
        var words = new List<string>();
        var start = -1;
        for (var i = 0; i <= name.Length; i++)
        {
            var breaks = i == name.Length || !char.IsAsciiLetter(name[i]);
            if (start >= 0 && (breaks || (char.IsAsciiLetterUpper(name[i]) && char.IsAsciiLetterLower(name[i - 1]))))
            {
                words.Add(name[start..i].ToLowerInvariant());
                start = -1;
            }

            if (!breaks && start < 0)
                start = i;
        }

        return words;
    }
}
