using System.Reflection;

namespace Pitfalls.Runtime.Signals.Code;

/// <summary>A field as code names it, whichever assembly the code is in: generic types by their definition.</summary>
internal sealed record FieldKey(string Assembly, string Type, string Name)
{
    /// <summary>Of a closure or state machine: a variable in its author's eyes.</summary>
    public bool IsCompilers => CodeNames.IsCompilers(Type);

    public static FieldKey Of(FieldInfo field)
    {
        var type = field.DeclaringType!;
        if (type.IsConstructedGenericType)
            type = type.GetGenericTypeDefinition();
        return new FieldKey(type.Assembly.GetName().Name ?? "", type.FullName ?? type.Name, field.Name);
    }
}

/// <summary>A method as code names it. Overloads of the same number of parameters share a key; where that matters all are meant.</summary>
internal readonly record struct MethodKey(string Assembly, string Type, string Name, int Parameters);

/// <summary>A method that was read: its module's number and its token there.</summary>
internal readonly record struct MethodId(int Module, int Token);

/// <summary>What the compiler's names say.</summary>
internal static class CodeNames
{
    /// <summary>The innermost name of a nested type starts with an angle bracket: closures, state machines.</summary>
    public static bool IsCompilers(string type) => type.AsSpan(type.LastIndexOf('+') + 1).StartsWith("<");

    /// <summary>The type its author wrote: <c>Shop.Cart</c> of <c>Shop.Cart+&lt;&gt;c__DisplayClass3_0</c>.</summary>
    public static string AuthorsType(string type)
    {
        while (IsCompilers(type) && type.LastIndexOf('+') is > 0 and var nested)
            type = type[..nested];
        return type;
    }

    /// <summary>The method a state machine is the body of: <c>AddAsync</c> of <c>Shop.Cart+&lt;AddAsync&gt;d__3</c>.</summary>
    public static (string Type, string Method) AuthorsMethod(string machine)
    {
        var nested = machine.LastIndexOf('+');
        var name = machine[(nested + 1)..];
        var end = name.LastIndexOf(">d__", StringComparison.Ordinal);
        return (machine[..Math.Max(0, nested)], end > 1 ? name[1..end] : name);
    }
}
