using System.Globalization;
using System.Text;

namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>Writes a way through JSON: <c>$.items[0].passwordHash</c>, <c>$.headers['x-api-key']</c>.</summary>
/// <remarks>A dictionary's keys may be data of the app's users. What does not look like a name that a developer gave is a <c>*</c>.</remarks>
internal static class JsonPath
{
    private const int MaxLength = 64;
    private const int MaxDigits = 4;
    private const int MaxPath = 200;

    /// <param name="steps">The way.</param>
    /// <param name="keys">Which steps are known to be keys of a dictionary.</param>
    public static string Of(IReadOnlyList<JsonStep> steps, IReadOnlySet<int> keys)
    {
        var path = new StringBuilder("$");
        for (var i = 0; i < steps.Count; i++)
        {
            if (steps[i].Name is not { } name)
                path.Append(CultureInfo.InvariantCulture, $"[{steps[i].Index}]");
            else if (i < steps.Count - 1 && (keys.Contains(i) || !IsName(name)))
                path.Append(".*");
            else
                Append(path, NameOf(steps[i]));
        }

        // Both ends say where it is.
        return path.Length <= MaxPath ? path.ToString() : $"{path.ToString(0, MaxPath / 2)}…{path.ToString(path.Length - (MaxPath / 2), MaxPath / 2)}";
    }

    /// <summary>The name of the property itself: that it is a secret's is known, and odd signs are left out of what is shown.</summary>
    public static string NameOf(JsonStep step) => string.Create(Math.Min(step.Name!.Length, MaxLength), step.Name, static (shown, name) =>
    {
        for (var i = 0; i < shown.Length; i++)
            shown[i] = IsPlain(name[i]) || name[i] is ' ' or ':' or '[' or ']' ? name[i] : '*';
    });

    private static void Append(StringBuilder path, string name)
    {
        if (name is [var first, ..] && !char.IsDigit(first) && name.All(c => char.IsLetterOrDigit(c) || c is '_' or '$'))
            path.Append('.').Append(name);
        else
            path.Append("['").Append(name).Append("']");
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= MaxLength && name.All(IsPlain) && !char.IsDigit(name[0]) && name.Count(char.IsDigit) <= MaxDigits;

    private static bool IsPlain(char c) => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or '$';
}
