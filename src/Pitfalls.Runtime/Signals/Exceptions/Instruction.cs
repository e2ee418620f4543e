using System.Buffers.Binary;
using System.Reflection.Emit;

using Pitfalls.Runtime.Signals.Code;

namespace Pitfalls.Runtime.Signals.Exceptions;

/// <summary>One instruction of a method and where it leads.</summary>
internal readonly record struct Instruction(int Offset, Opcode Code, int Operand, int Next)
{
    public OpCodeValue Value => (OpCodeValue)Code.Value;

    public static Instruction Read(byte[] il, int offset)
    {
        var at = offset;
        var code = Opcode.Read(il, ref at);
        var operand = at;
        at += code.OperandSize == Opcode.SwitchOperand ? 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(il.AsSpan(at))) : code.OperandSize;
        return new Instruction(offset, code, operand, at);
    }

    /// <summary>Where a branch goes.</summary>
    public int Target(byte[] il) => Next + (Code.OperandSize == 1 ? (sbyte)il[Operand] : Token(il));

    public int Token(byte[] il) => BinaryPrimitives.ReadInt32LittleEndian(il.AsSpan(Operand));

    /// <summary>The local it loads.</summary>
    public int? LoadedLocal(byte[] il) => Value switch
    {
        >= OpCodeValue.Ldloc_0 and <= OpCodeValue.Ldloc_3 => Code.Value - (int)OpCodeValue.Ldloc_0,
        OpCodeValue.Ldloc_S or OpCodeValue.Ldloca_S => il[Operand],
        OpCodeValue.Ldloc or OpCodeValue.Ldloca => BinaryPrimitives.ReadUInt16LittleEndian(il.AsSpan(Operand)),
        _ => null,
    };

    /// <summary>The local it stores.</summary>
    public int? StoredLocal(byte[] il) => Value switch
    {
        >= OpCodeValue.Stloc_0 and <= OpCodeValue.Stloc_3 => Code.Value - (int)OpCodeValue.Stloc_0,
        OpCodeValue.Stloc_S => il[Operand],
        OpCodeValue.Stloc => BinaryPrimitives.ReadUInt16LittleEndian(il.AsSpan(Operand)),
        _ => null,
    };

    /// <summary>The number it loads.</summary>
    public int? LoadedNumber(byte[] il)
    {
        var code = Code.Code;
        return code == OpCodes.Ldc_I4_S ? (sbyte)il[Operand]
            : code == OpCodes.Ldc_I4 ? Token(il)
            : code == OpCodes.Ldc_I4_M1 ? -1
            : code.Value >= OpCodes.Ldc_I4_0.Value && code.Value <= OpCodes.Ldc_I4_8.Value && code.Size == 1 ? code.Value - OpCodes.Ldc_I4_0.Value
            : null;
    }
}
