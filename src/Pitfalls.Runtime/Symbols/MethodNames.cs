using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Pitfalls.Runtime.Symbols;

/// <summary>Names of methods as their author wrote them: async methods, lambdas and local functions by their source names.</summary>
internal static class MethodNames
{
    /// <summary>
    /// <c>Shop.OrdersController.Get</c>, <c>Shop.Cart.Total+Round</c> for a local function, <c>Shop.Cart.Total+lambda</c>,
    /// <c>Shop.Repository&lt;T&gt;.Find&lt;TKey&gt;</c>, and <c>Program</c> for top-level statements.
    /// </summary>
    public static string Readable(MethodBase method) => Name(method, withOrdinals: false);

    /// <summary>The same, with the compiler's number behind each lambda: two lambdas of one method differ, and neither changes when lines move.</summary>
    public static string Identity(MethodBase method) => Name(method, withOrdinals: true);

    /// <summary>The type an author would name for this method: the state machine's and closure's owner.</summary>
    public static Type? AuthorsType(MethodBase method)
    {
        var type = method.DeclaringType;
        while (type is not null && IsCompilerMade(type) && type.DeclaringType is not null)
            type = type.DeclaringType;
        return type;
    }

    /// <summary><c>Shop.Repository&lt;T&gt;</c>, nested types with dots.</summary>
    public static string TypeName(Type type)
    {
        var name = type.Name;
        var arity = name.IndexOf('`', StringComparison.Ordinal);
        if (arity >= 0)
            name = name[..arity];
        // A file-scoped type is called <Program>F0123…__Name.
        if (name.StartsWith('<') && name.LastIndexOf("__", StringComparison.Ordinal) is > 0 and var at)
            name = name[(at + 2)..];
        name += OwnTypeParameters(type);
        return type.DeclaringType is { } outer ? $"{TypeName(outer)}.{name}"
            : string.IsNullOrEmpty(type.Namespace) ? name
            : $"{type.Namespace}.{name}";
    }

    private static string Name(MethodBase method, bool withOrdinals)
    {
        var (name, type) = (method.Name, method.DeclaringType);

        // The body of an async method or iterator is MoveNext of a nested type that carries the source name: <Get>d__5.
        if (name == "MoveNext" && type is { Name: ['<', ..] } && SourceName(type.Name) is { } source)
            (name, type) = (source.Replace('-', '.'), type.DeclaringType); // a type's name has no dots: <System-IAsyncDisposable-DisposeAsync>d__3

        // Lambdas and local functions live in closure types (<>c, <>c__DisplayClass0_0) nested in the author's type.
        while (type is not null && IsCompilerMade(type) && type.DeclaringType is not null)
            type = type.DeclaringType;

        var readable = new StringBuilder();
        if (type is not null)
            readable.Append(TypeName(type));
        AppendMember(readable, name, type, withOrdinals);
        if (name == method.Name && !name.StartsWith('<') && method.IsGenericMethod)
            AppendTypeParameters(readable, method);
        return readable.ToString();
    }

    /// <summary>A nested type repeats the parameters of the types around it; only its own were written at its name.</summary>
    private static string OwnTypeParameters(Type type)
    {
        if (!type.IsGenericType)
            return "";
        var inherited = type.DeclaringType is { IsGenericType: true } outer ? outer.GetGenericArguments().Length : 0;
        var own = type.GetGenericTypeDefinition().GetGenericArguments().Skip(inherited).Select(p => p.Name).ToList();
        return own.Count == 0 ? "" : $"<{string.Join(", ", own)}>";
    }

    private static void AppendTypeParameters(StringBuilder readable, MethodBase method)
    {
        var definition = method is MethodInfo { IsGenericMethod: true } info ? info.GetGenericMethodDefinition() : method;
        readable.Append('<').AppendJoin(", ", definition.GetGenericArguments().Select(p => p.Name)).Append('>');
    }

    /// <summary>The name between the angle brackets: <c>Get</c> of <c>&lt;Get&gt;d__5</c>, <c>&lt;Main&gt;$</c> of <c>&lt;&lt;Main&gt;$&gt;b__0</c>.</summary>
    private static string? SourceName(string name)
    {
        var depth = 0;
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] == '<')
                depth++;
            else if (name[i] == '>' && --depth == 0)
                return i > 1 ? name[1..i] : null;
        }

        return null;
    }

    private static void AppendMember(StringBuilder readable, string name, Type? type, bool withOrdinals)
    {
        // What the compiler made out of nothing (<Clone>$ of a record) has no author's name inside.
        if (name.StartsWith('<') && !name.EndsWith(">$", StringComparison.Ordinal) && SourceName(name) is { } outer)
        {
            AppendMember(readable, outer, type, withOrdinals);
            var rest = name.AsSpan(outer.Length + 2);
            if (rest.StartsWith("g__") && rest.IndexOf('|') is > 3 and var bar)
                readable.Append('+').Append(rest[3..bar]);
            else if (rest.StartsWith("b__"))
                AppendLambda(readable, rest, withOrdinals);
            return;
        }

        switch (name)
        {
            // Top-level statements: the author wrote no method.
            case "<Main>$":
                break;
            case ".ctor" or ".cctor" when type is not null:
                var own = type.Name.Split('`')[0];
                Append(readable, own.LastIndexOf("__", StringComparison.Ordinal) is > 0 and var at && own.StartsWith('<') ? own[(at + 2)..] : own);
                break;
            default:
                Append(readable, MemberName(name));
                break;
        }
    }

    private static string MemberName(string name)
    {
        // Explicit interface implementations carry the interface's full name.
        if (name.LastIndexOf('.') is > 0 and var dot)
            name = name[(dot + 1)..];
        foreach (var accessor in (ReadOnlySpan<string>)["get_", "set_", "add_", "remove_"])
        {
            if (name.StartsWith(accessor, StringComparison.Ordinal))
                return name[accessor.Length..];
        }

        return name.StartsWith("op_", StringComparison.Ordinal) ? "operator " + name[3..] : name;
    }

    /// <summary><c>b__5_1</c>, or <c>b__1</c> in a closure: the last number counts the lambdas of the method.</summary>
    private static void AppendLambda(StringBuilder readable, ReadOnlySpan<char> rest, bool withOrdinals)
    {
        readable.Append("+lambda");
        if (withOrdinals && int.TryParse(rest[(rest.LastIndexOf('_') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal))
            readable.Append('#').Append(CultureInfo.InvariantCulture, $"{ordinal + 1}");
    }

    private static void Append(StringBuilder readable, string part)
    {
        if (readable.Length > 0)
            readable.Append('.');
        readable.Append(part);
    }

    [SuppressMessage("Design", "CA1031", Justification = "an attribute that cannot be read is no attribute")]
    private static bool IsCompilerMade(Type type) => type.Name.StartsWith('<') && type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false);
}
