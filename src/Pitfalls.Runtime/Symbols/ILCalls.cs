using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace Pitfalls.Runtime.Symbols;

/// <summary>The calls in a method's IL, in their order. Reads metadata; runs nothing.</summary>
internal static class ILCalls
{
    private const int MaxBytes = 256 * 1024;

    private static readonly OpCode[] s_one = new OpCode[256];
    private static readonly OpCode[] s_two = new OpCode[256];

    static ILCalls()
    {
        foreach (var field in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            var code = (OpCode)field.GetValue(null)!;
            (code.Size == 1 ? s_one : s_two)[code.Value & 0xFF] = code;
        }
    }

    /// <summary>Every call and object creation; empty where there is no IL to be had.</summary>
    public static IReadOnlyList<ILCall> Of(MethodBase method)
    {
        try
        {
            return method.GetMethodBody()?.GetILAsByteArray() is { Length: <= MaxBytes } il ? Read(method, il) : [];
        }
        catch (Exception exception) when (exception is InvalidOperationException or NotSupportedException or BadImageFormatException)
        {
            return [];
        }
    }

    private static List<ILCall> Read(MethodBase method, byte[] il)
    {
        var calls = new List<ILCall>();
        for (var at = 0; at < il.Length;)
        {
            var start = at;
            var code = il[at++] is var first && first == 0xFE && at < il.Length ? s_two[il[at++]] : s_one[first];
            var operand = OperandBytes(code, il, at);
            if (code.OperandType == OperandType.InlineMethod && at + 4 <= il.Length
                && (code.FlowControl == FlowControl.Call) && Resolve(method, BinaryPrimitives.ReadInt32LittleEndian(il.AsSpan(at))) is { } target)
                calls.Add(new ILCall(start, target));
            at += operand;
        }

        return calls;
    }

    private static int OperandBytes(OpCode code, byte[] il, int at) => code.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => at + 4 <= il.Length ? 4 + (4 * Math.Clamp(BinaryPrimitives.ReadInt32LittleEndian(il.AsSpan(at)), 0, MaxBytes)) : 4,
        _ => 4,
    };

    /// <summary>What a method token in a method's IL stands for; <see langword="null"/>: a call into an assembly that is not there.</summary>
    public static MethodBase? Resolve(MethodBase caller, int token)
    {
        try
        {
            var types = caller.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
            return caller.Module.ResolveMethod(token, types, caller.IsGenericMethod ? caller.GetGenericArguments() : null);
        }
        catch (Exception exception) when (exception is ArgumentException or BadImageFormatException or IOException or TypeLoadException or MissingMemberException)
        {
            // A call into an assembly that is not there.
            return null;
        }
    }
}

/// <summary>A call at an IL offset.</summary>
internal readonly record struct ILCall(int Offset, MethodBase Target);
