using System.Reflection;
using System.Text.Json;

namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>Compares the outline of a JSON text with what its declared type is written as: object or list, and the names of its members.</summary>
internal static class JsonShape
{
    private const int MaxNamed = 3;

    /// <summary>
    /// What the text is instead; <see langword="null"/> when it may be the declared type: a derived one has more members, and one without a value may be left out.
    /// </summary>
    /// <param name="declared">The type that was declared.</param>
    /// <param name="body">The text; it may be cut off.</param>
    /// <param name="isExact">The object sent is known to be of another type: any difference in members counts.</param>
    public static string? Difference(Type declared, ReadOnlySpan<byte> body, bool isExact)
    {
        declared = Nullable.GetUnderlyingType(declared) ?? declared;
        if (TypeFit.IsOpaque(declared) || TypeFit.HasConverter(declared) || declared == typeof(string) || declared == typeof(byte[]))
            return null;
        try
        {
            var reader = new Utf8JsonReader(body);
            return reader.Read() ? Difference(declared, ref reader, isExact) : null;
        }
        catch (JsonException)
        {
            // Cut off, several documents in a row, or text that only claims to be JSON.
            return null;
        }
    }

    /// <summary>Whether the text is an object with the members of this class and no others.</summary>
    public static bool IsObjectOf(Type type, ReadOnlySpan<byte> body)
    {
        if (!type.IsClass || TypeFit.IsOpaque(type) || TypeFit.IsSimple(type) || TypeFit.IsMap(type) || TypeFit.IsList(type) || TypeFit.HasConverter(type))
            return false;
        try
        {
            var reader = new Utf8JsonReader(body);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && NamesOf(ref reader) is { Count: > 0 } names
                && MembersOf(type).Exists(m => m.IsAlwaysWritten) && Members(type, names, isExact: true) is null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string? Difference(Type declared, ref Utf8JsonReader reader, bool isExact)
    {
        var isList = TypeFit.IsList(declared);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartArray when isList:
                return JsonMembers.ElementOf(declared) is { } element && !TypeFit.IsOpaque(element) && reader.Read() && reader.TokenType == JsonTokenType.StartObject
                    && Difference(element, ref reader, isExact) is { } difference ? $"a list: {difference}" : null;
            case JsonTokenType.StartArray:
                return "a list";
            case JsonTokenType.StartObject when TypeFit.IsMap(declared):
                return null;
            case JsonTokenType.StartObject when isList:
                // References are kept by wrapping lists: {"$id": …, "$values": […]}.
                return NamesOf(ref reader).Any(n => n.StartsWith('$')) ? null : "an object";
            case JsonTokenType.StartObject when TypeFit.IsSimple(declared):
                return "an object";
            case JsonTokenType.StartObject:
                return Members(declared, NamesOf(ref reader), isExact);
            case JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False when !TypeFit.IsSimple(declared) && !declared.IsValueType:
                return reader.TokenType switch { JsonTokenType.String => "a string", JsonTokenType.Number => "a number", _ => "a boolean" };
            default:
                return null;
        }
    }

    private static string? Members(Type declared, List<string> sent, bool isExact)
    {
        // An interface or an empty base says nothing; annotations of OData and references say that somebody else writes.
        var members = MembersOf(declared);
        if (members.Count == 0 || sent.Count == 0 || sent.Exists(n => n.StartsWith('$') || n.StartsWith('@')))
            return null;
        var names = sent.Select(Letters).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var expected = members.Select(m => m.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var missing = members.Where(m => !names.Contains(m.Name)).ToList();
        var hasOthers = names.Any(n => !expected.Contains(n));
        var differs = missing.Count == members.Count
            || (hasOthers && missing.Exists(m => m.IsAlwaysWritten))
            || (isExact && (hasOthers || missing.Exists(m => m.IsAlwaysWritten)));
        if (!differs)
            return null;
        return missing.Count == 0
            ? "an object with other members"
            : $"an object without {string.Join(", ", missing.Take(MaxNamed).Select(m => m.Written))}{(missing.Count > MaxNamed ? ", …" : "")}";
    }

    /// <summary>The names of the object's own members; none when the text is cut off within it.</summary>
    private static List<string> NamesOf(ref Utf8JsonReader reader)
    {
        var names = new List<string>();
        var depth = reader.CurrentDepth;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == depth)
                return names;
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == depth + 1)
                names.Add(reader.GetString()!);
        }

        return [];
    }

    private static List<Member> MembersOf(Type type)
    {
        var members = new Dictionary<string, Member>(StringComparer.OrdinalIgnoreCase);
        foreach (var declaring in type.IsInterface ? type.GetInterfaces().Prepend(type) : [type])
        {
            foreach (var property in declaring.GetProperties(BindingFlags.Instance | BindingFlags.Public))
            {
                if (property.GetMethod is not { IsPublic: true } || property.GetIndexParameters().Length > 0)
                    continue;
                var attributes = property.GetCustomAttributesData().Select(a => a.AttributeType.Name).ToList();
                if (attributes.Contains("JsonExtensionDataAttribute"))
                    continue;
                var isConditional = attributes.Contains("JsonIgnoreAttribute") || attributes.Contains("IgnoreDataMemberAttribute");
                var name = Letters(JsonMembers.NameGivenTo(property) ?? property.Name);
                members.TryAdd(name, new Member(name, property.Name, !isConditional && property.PropertyType.IsValueType && Nullable.GetUnderlyingType(property.PropertyType) is null));
            }
        }

        return [.. members.Values];
    }

    /// <summary>Whatever naming policy is at work.</summary>
    private static string Letters(string name) => name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);

    private sealed record Member(string Name, string Written, bool IsAlwaysWritten);
}
