using System.Reflection;
using System.Reflection.Emit;

namespace Pitfalls.Runtime.Signals.Code;

/// <summary>What an instruction does to the evaluation stack and how long its operand is, from the framework's own table.</summary>
internal readonly record struct Opcode(OpCode Code, int OperandSize, int Pops, int Pushes)
{
    private static readonly Opcode[] s_short = Table(twoBytes: false);
    private static readonly Opcode[] s_long = Table(twoBytes: true);

    /// <summary>The size of a switch's operand stands in the code.</summary>
    public const int SwitchOperand = -1;

    /// <summary>Depends on the method called.</summary>
    public const int ByCallee = -1;

    public ushort Value => (ushort)Code.Value;

    public bool IsBranch => Code.OperandType is OperandType.InlineBrTarget or OperandType.ShortInlineBrTarget;

    /// <summary>What follows is reached from elsewhere only.</summary>
    public bool EndsFlow => Code.FlowControl is FlowControl.Branch or FlowControl.Return or FlowControl.Throw;

    public static Opcode Read(ReadOnlySpan<byte> il, ref int at)
    {
        var first = il[at++];
        return first == 0xFE ? s_long[il[at++]] : s_short[first];
    }

    private static Opcode[] Table(bool twoBytes)
    {
        var table = new Opcode[256];
        foreach (var field in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            var code = (OpCode)field.GetValue(null)!;
            if (code.Size == 2 == twoBytes)
                table[(byte)code.Value] = new Opcode(code, SizeOf(code.OperandType), Places(code.StackBehaviourPop), Places(code.StackBehaviourPush));
        }

        return table;
    }

    private static int SizeOf(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => SwitchOperand,
        _ => 4,
    };

    /// <summary><c>Popref_popi_pop1</c> is three places, <c>Pop0</c> none, <c>Varpop</c> the callee's.</summary>
    private static int Places(StackBehaviour behaviour) => behaviour switch
    {
        StackBehaviour.Pop0 or StackBehaviour.Push0 => 0,
        StackBehaviour.Varpop or StackBehaviour.Varpush => ByCallee,
        _ => behaviour.ToString().Split('_').Length,
    };
}
