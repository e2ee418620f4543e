namespace Pitfalls.Runtime.Rules;

/// <summary>Types as a person writes them in a sentence: <c>List&lt;Order&gt;</c>.</summary>
internal static class TypeNames
{
    public static string Of(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Of(inner) + "?";
        if (type.IsArray)
            return Of(type.GetElementType()!) + "[]";
        if (IsAnonymous(type))
            return "an anonymous type";
        var name = type.Name;
        var arity = name.IndexOf('`', StringComparison.Ordinal);
        return arity < 0 ? name : $"{name[..arity]}<{string.Join(", ", type.GetGenericArguments().Select(Of))}>";
    }

    /// <summary>The same for a name as the runtime has it: <c>Dictionary`2</c>.</summary>
    public static string Plain(string name)
    {
        var arity = name.IndexOf('`', StringComparison.Ordinal);
        return IsAnonymous(name) ? "an anonymous type" : arity < 0 ? name : name[..arity];
    }

    public static bool IsAnonymous(Type type) => IsAnonymous(type.Name);

    public static bool IsAnonymous(string name) => name.StartsWith("<>f__AnonymousType", StringComparison.Ordinal) || name.StartsWith("VB$AnonymousType", StringComparison.Ordinal);
}
