namespace Pitfalls.Runtime.Signals.State;

/// <summary>Types as their author writes them in a field's declaration: <c>Dictionary&lt;string, User&gt;</c>.</summary>
internal static class TypeText
{
    private static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(char)] = "char", [typeof(decimal)] = "decimal", [typeof(double)] = "double",
        [typeof(float)] = "float", [typeof(int)] = "int", [typeof(long)] = "long", [typeof(object)] = "object", [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short", [typeof(string)] = "string", [typeof(uint)] = "uint", [typeof(ulong)] = "ulong", [typeof(ushort)] = "ushort",
    };

    public static string Of(Type type)
    {
        if (s_keywords.TryGetValue(type, out var keyword))
            return keyword;
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return Of(inner) + "?";
        if (type.IsArray)
            return Of(type.GetElementType()!) + "[]";
        var name = type.Name;
        if (name.StartsWith("ValueTuple`", StringComparison.Ordinal))
            return $"({Arguments(type)})";
        // A file-scoped type is called <File>F0123…__Name.
        if (name.StartsWith('<') && name.LastIndexOf("__", StringComparison.Ordinal) is > 0 and var at)
            name = name[(at + 2)..];
        return name.IndexOf('`', StringComparison.Ordinal) is > 0 and var arity ? $"{name[..arity]}<{Arguments(type)}>" : name;
    }

    private static string Arguments(Type type) => string.Join(", ", type.GetGenericArguments().Select(Of));
}
