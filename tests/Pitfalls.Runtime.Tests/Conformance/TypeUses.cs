using System.Reflection;
using System.Reflection.Emit;

namespace Pitfalls.Runtime.Tests.Conformance;

/// <summary>Every type that a type mentions: in what it is, in its members' signatures, in attributes, and in the IL of its methods.</summary>
internal static class TypeUses
{
    private const BindingFlags All = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly Dictionary<short, OpCode> s_opcodes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => o.Value);

    /// <summary>Types used, each with the member that does. Closures and state machines count as part of the author's type.</summary>
    public static IEnumerable<(string Where, Type Used)> Of(Type type)
    {
        foreach (var used in Parts(type.BaseType).Concat(type.GetInterfaces().SelectMany(Parts)).Concat(Attributes(type.GetCustomAttributesData())))
            yield return (type.FullName!, used);
        foreach (var field in type.GetFields(All))
        {
            foreach (var used in Parts(field.FieldType).Concat(Attributes(field.GetCustomAttributesData())))
                yield return ($"{type.FullName}.{field.Name}", used);
        }

        foreach (var property in type.GetProperties(All))
        {
            foreach (var used in Attributes(property.GetCustomAttributesData()))
                yield return ($"{type.FullName}.{property.Name}", used);
        }

        foreach (var method in type.GetConstructors(All).Cast<MethodBase>().Concat(type.GetMethods(All)))
        {
            foreach (var used in OfMethod(method))
                yield return ($"{type.FullName}.{method.Name}", used);
        }

        foreach (var nested in type.GetNestedTypes(All).SelectMany(Of))
            yield return nested;
    }

    private static IEnumerable<Type> OfMethod(MethodBase method)
    {
        var signature = method.GetParameters().SelectMany(p => Parts(p.ParameterType))
            .Concat(method is MethodInfo { ReturnType: var returned } ? Parts(returned) : [])
            .Concat(Attributes(method.GetCustomAttributesData()));
        if (method.GetMethodBody() is not { } body)
            return signature;
        return signature
            .Concat(body.LocalVariables.SelectMany(l => Parts(l.LocalType)))
            .Concat(body.ExceptionHandlingClauses.Where(c => c.Flags == ExceptionHandlingClauseOptions.Clause).SelectMany(c => Parts(c.CatchType)))
            .Concat(Tokens(body.GetILAsByteArray()!).SelectMany(token => Resolve(method, token)));
    }

    /// <summary>The metadata tokens among the operands.</summary>
    private static IEnumerable<int> Tokens(byte[] il)
    {
        for (var at = 0; at < il.Length;)
        {
            var code = il[at] == 0xFE ? s_opcodes[unchecked((short)(0xFE00 | il[at + 1]))] : s_opcodes[il[at]];
            at += code.Size;
            if (code.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
                yield return BitConverter.ToInt32(il, at);
            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                _ => 4,
            };
        }
    }

    private static IEnumerable<Type> Resolve(MethodBase method, int token)
    {
        var ofType = method.DeclaringType is { IsGenericType: true } declaring ? declaring.GetGenericArguments() : null;
        var ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        return method.Module.ResolveMember(token, ofType, ofMethod) switch
        {
            Type used => Parts(used),
            FieldInfo field => Parts(field.DeclaringType).Concat(Parts(field.FieldType)),
            MethodInfo called => Parts(called.DeclaringType).Concat(Parts(called.ReturnType)).Concat(called.GetGenericArguments().SelectMany(Parts)),
            MemberInfo member => Parts(member.DeclaringType),
            null => [],
        };
    }

    private static IEnumerable<Type> Attributes(IEnumerable<CustomAttributeData> attributes) => attributes.SelectMany(a =>
        Parts(a.AttributeType).Concat(a.ConstructorArguments.Concat(a.NamedArguments.Select(n => n.TypedValue)).Select(v => v.Value).OfType<Type>().SelectMany(Parts)));

    /// <summary>A type, what it is an array or reference of, and its type arguments.</summary>
    private static IEnumerable<Type> Parts(Type? type)
    {
        if (type is null || type.IsGenericParameter)
            yield break;
        if (type.HasElementType)
        {
            foreach (var part in Parts(type.GetElementType()))
                yield return part;
            yield break;
        }

        yield return type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        foreach (var part in type.GetGenericArguments().SelectMany(Parts))
            yield return part;
    }
}
