using System.Collections;

namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>How a type that was sent relates to the one that was declared, as far as JSON can tell them apart.</summary>
internal enum Fit
{
    /// <summary>The same, a derived one, or a collection of the same.</summary>
    Same,

    /// <summary>Another one.</summary>
    Other,

    /// <summary>Two classes with nothing in common; their JSON may be alike.</summary>
    Unknown,
}

/// <summary>Compares types by what System.Text.Json makes of them. Metadata only.</summary>
internal static class TypeFit
{
    private const int MaxDepth = 8;

    private static readonly string[] s_opaque =
        ["System.Object", "System.Text.Json.JsonElement", "System.Text.Json.JsonDocument", "Newtonsoft.Json.Linq.JToken", "Newtonsoft.Json.Linq.JObject", "Newtonsoft.Json.Linq.JArray"];

    private static readonly string[] s_dictionaries =
        ["Dictionary`2", "SortedDictionary`2", "SortedList`2", "ConcurrentDictionary`2", "ImmutableDictionary`2", "FrozenDictionary`2", "ReadOnlyDictionary`2", "OrderedDictionary`2", "ExpandoObject", "Hashtable"];

    private static readonly string[] s_simple =
    [
        "System.String", "System.Decimal", "System.Guid", "System.Uri", "System.Version", "System.DateTime", "System.DateTimeOffset", "System.DateOnly", "System.TimeOnly",
        "System.TimeSpan", "System.Half", "System.Int128", "System.UInt128", "System.Numerics.BigInteger",
    ];

    public static Fit Of(Type declared, Type sent, int depth = 0)
    {
        (declared, sent) = (Nullable.GetUnderlyingType(declared) ?? declared, Nullable.GetUnderlyingType(sent) ?? sent);
        if (depth > MaxDepth || IsOpaque(declared) || sent == typeof(object) || declared.IsAssignableFrom(sent) || HasConverter(declared) || HasConverter(sent))
            return Fit.Same;
        if (IsOpaque(sent))
            return Fit.Unknown;
        if (IsSimple(declared) || IsSimple(sent))
            return IsSimple(declared) && IsSimple(sent) ? Fit.Same : Fit.Other;
        var (isDeclaredMap, isSentMap) = (IsMap(declared), IsMap(sent));
        if (isDeclaredMap || isSentMap)
            return isDeclaredMap && isSentMap ? Fit.Same : Fit.Other;
        if (IsList(declared) || IsList(sent))
        {
            if (!IsList(declared) || !IsList(sent))
                return Fit.Other;
            return JsonMembers.ElementOf(declared) is { } one && JsonMembers.ElementOf(sent) is { } other ? Of(one, other, depth + 1) : Fit.Same;
        }

        if (TypeNames.IsAnonymous(sent))
            return Fit.Other;
        if (!declared.IsGenericType || !sent.IsGenericType || declared.GetGenericTypeDefinition() != sent.GetGenericTypeDefinition())
            return Fit.Unknown;
        var fits = declared.GetGenericArguments().Zip(sent.GetGenericArguments(), (d, s) => Of(d, s, depth + 1)).ToList();
        return fits.Contains(Fit.Other) ? Fit.Other : fits.Contains(Fit.Unknown) ? Fit.Unknown : Fit.Same;
    }

    /// <summary>A type whose JSON may be anything.</summary>
    public static bool IsOpaque(Type type) =>
        Array.IndexOf(s_opaque, type.FullName) >= 0 || typeof(System.Text.Json.Nodes.JsonNode).IsAssignableFrom(type) || typeof(Stream).IsAssignableFrom(type) || type.IsByRefLike;

    public static bool IsDictionary(string typeName) => Array.IndexOf(s_dictionaries, typeName) >= 0;

    public static bool IsMap(Type type) => JsonMembers.ValueOf(type) is not null || typeof(IDictionary).IsAssignableFrom(type);

    public static bool IsList(Type type) => !IsMap(type) && type != typeof(string) && (typeof(IEnumerable).IsAssignableFrom(type) || JsonMembers.ElementOf(type) is not null);

    public static bool IsSimple(Type type) => type.IsPrimitive || type.IsEnum || Array.IndexOf(s_simple, type.FullName) >= 0;

    /// <summary>A converter of the type's own writes what it likes.</summary>
    public static bool HasConverter(Type type) => type.GetCustomAttributesData().Any(a => a.AttributeType.Name.StartsWith("JsonConverter", StringComparison.Ordinal));
}
