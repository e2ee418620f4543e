using System.Reflection;
using System.Reflection.Emit;

using Pitfalls.Runtime.Signals.Code;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Exceptions;

/// <summary>
/// Reads what the code of one catch clause does with its exception: follows it from the evaluation stack through variables, straight through the
/// code. When in doubt, the exception counts as used.
/// </summary>
/// <remarks>
/// A clause with an <c>await</c> inside is compiled into one that only puts the exception and a number aside; its code stands behind
/// the <c>try</c> and begins with a look at the number. What is written by hand that way (<c>failed = true</c>, and later <c>if (failed)</c>) reads the same.
/// </remarks>
internal sealed class HandlerReader
{
    private readonly MethodBase _method;
    private readonly byte[] _il;
    private readonly Func<MethodBase, bool> _tells;
    private readonly List<bool> _stack = [];
    private readonly HashSet<int> _locals = [];
    private readonly HashSet<int> _fields = [];
    private readonly Dictionary<int, bool[]> _atTarget = [];
    private bool _isUsed;
    private bool _throws;
    private bool _isTold;
    private bool _isBuilders;
    private bool _calls;
    private bool _setsNumber;
    private int? _leavesTo;

    private HandlerReader(MethodBase method, byte[] il, Func<MethodBase, bool> tells)
    {
        _method = method;
        _il = il;
        _tells = tells;
    }

    /// <param name="method">The catching method.</param>
    /// <param name="il">Its code.</param>
    /// <param name="from">Where the clause's code begins.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="tells">Whether calling a method tells somebody that something went wrong.</param>
    public static CatchFate Read(MethodBase method, byte[] il, int from, int to, Func<MethodBase, bool> tells)
    {
        var reader = new HandlerReader(method, il, tells);
        reader._stack.Add(true);
        reader.Run(from, to);
        if (!reader._isUsed && !reader._throws && !reader._isTold && reader._leavesTo is { } next && next >= to)
        {
            if (!reader._calls && reader._setsNumber && reader.BodyBehind(next) is { } body)
                reader.Run(body.From, body.To);
            // The variable may be looked at later on.
            if (!reader._isUsed && (reader._locals.Count > 0 || reader._fields.Count > 0))
                reader.RunOnlyUses(next);
        }

        return reader._isBuilders ? CatchFate.Builder
            : reader._isUsed ? CatchFate.Used
            : reader._throws ? CatchFate.Throws
            : reader._isTold ? CatchFate.Told
            : CatchFate.Vanishes;
    }

    private void RunOnlyUses(int from)
    {
        var (throws, isTold) = (_throws, _isTold);
        _stack.Clear();
        Run(from, _il.Length);
        (_throws, _isTold) = (throws, isTold);
    }

    private void Run(int from, int to)
    {
        var isReached = true;
        for (var at = from; at < to && at < _il.Length && !_isUsed;)
        {
            if (!isReached)
            {
                _stack.Clear();
                if (_atTarget.TryGetValue(at, out var stack))
                    _stack.AddRange(stack);
            }

            var instruction = Instruction.Read(_il, at);
            Step(instruction);
            if (instruction.Value is OpCodeValue.Leave or OpCodeValue.Leave_S)
                _leavesTo ??= instruction.Target(_il);
            else if (instruction.Code.IsBranch && _stack.Count > 0)
                _atTarget.TryAdd(instruction.Target(_il), [.. _stack]);
            isReached = !instruction.Code.EndsFlow;
            at = instruction.Next;
        }
    }

    private void Step(in Instruction instruction)
    {
        if (instruction.LoadedLocal(_il) is { } loaded)
        {
            _stack.Add(_locals.Contains(loaded));
            return;
        }

        if (instruction.StoredLocal(_il) is { } stored)
        {
            Note(_locals, stored, Pop());
            _setsNumber |= IsBehindNumber(instruction);
            return;
        }

        switch (instruction.Value)
        {
            case OpCodeValue.Dup:
                var top = Pop();
                _stack.Add(top);
                _stack.Add(top);
                break;
            case OpCodeValue.Castclass:
                break;
            case OpCodeValue.Isinst:
                // To ask whether it is an exception is the compiler's question; any other type is the author's.
                if (Pop() && !IsException(instruction.Token(_il)))
                    _isUsed = true;
                _stack.Add(true);
                break;
            case OpCodeValue.Ldfld or OpCodeValue.Ldflda:
                if (Pop())
                    _isUsed = true;
                _stack.Add(_fields.Contains(instruction.Token(_il)));
                break;
            case OpCodeValue.Stfld:
                StoreField(instruction);
                break;
            case OpCodeValue.Call or OpCodeValue.Callvirt or OpCodeValue.Newobj:
                Call(instruction);
                break;
            default:
                Other(instruction);
                break;
        }
    }

    private void Other(in Instruction instruction)
    {
        var code = instruction.Code;
        _throws |= code.Code == OpCodes.Throw || code.Code == OpCodes.Rethrow;
        if (instruction.Value == OpCodeValue.Ret)
        {
            _isUsed |= Pop();
            return;
        }

        // A comparison or a jump asks at most whether there is one.
        var isHarmless = code.Code == OpCodes.Pop || code.Code == OpCodes.Throw || code.IsBranch
            || code.Code == OpCodes.Ceq || code.Code == OpCodes.Cgt_Un;
        if (code.Pops == Opcode.ByCallee)
            _isUsed |= _stack.Contains(true);
        for (var i = 0; i < code.Pops; i++)
        {
            if (Pop() && !isHarmless)
                _isUsed = true;
        }

        for (var i = 0; i < code.Pushes; i++)
            _stack.Add(false);
    }

    private void StoreField(in Instruction instruction)
    {
        var value = Pop();
        Pop();
        var token = instruction.Token(_il);
        _setsNumber |= IsBehindNumber(instruction);
        // A variable of an async method or iterator is a field of its state machine; any other field keeps the exception.
        if (_method.DeclaringType is { } machine && machine.Name.StartsWith('<') && FieldOwner(token) == machine)
            Note(_fields, token, value);
        else if (value)
            _isUsed = true;
    }

    private void Call(in Instruction instruction)
    {
        _calls = true;
        if (ILCalls.Resolve(_method, instruction.Token(_il)) is not { } callee)
        {
            _isUsed = true;
            return;
        }

        var isNew = instruction.Value == OpCodeValue.Newobj;
        var count = callee.GetParameters().Length + (callee.IsStatic || isNew ? 0 : 1);
        var passes = false;
        for (var i = 0; i < count; i++)
            passes |= Pop();
        if (passes)
        {
            _isUsed = true;
            _isBuilders = callee.Name == "SetException"
                && callee.DeclaringType?.Namespace is "System.Runtime.CompilerServices" or "System.Threading.Tasks.Sources";
        }

        _isTold |= _tells(callee);
        if (isNew || callee is MethodInfo { ReturnType: var returned } && returned != typeof(void))
            _stack.Add(false);
    }

    /// <summary>The stretch that runs when the number that was put aside is found there.</summary>
    private (int From, int To)? BodyBehind(int at)
    {
        for (var i = 0; i < 10 && at < _il.Length; i++)
        {
            var instruction = Instruction.Read(_il, at);
            var code = instruction.Code.Code;
            if (instruction.Code.IsBranch && code.FlowControl == FlowControl.Cond_Branch)
            {
                var target = instruction.Target(_il);
                if (code != OpCodes.Beq && code != OpCodes.Beq_S && code != OpCodes.Brtrue && code != OpCodes.Brtrue_S)
                    return target > instruction.Next ? (instruction.Next, target) : null;
                var other = Instruction.Read(_il, instruction.Next);
                return other.Code.Code.FlowControl == FlowControl.Branch && other.Target(_il) > target ? (target, other.Target(_il)) : (target, _il.Length);
            }

            if (code.FlowControl is FlowControl.Return or FlowControl.Throw or FlowControl.Call || instruction.Value is OpCodeValue.Leave or OpCodeValue.Leave_S)
                return code == OpCodes.Switch ? (instruction.Next, _il.Length) : null;
            at = code.FlowControl == FlowControl.Branch && instruction.Target(_il) > at ? instruction.Target(_il) : instruction.Next;
        }

        return null;
    }

    private bool IsBehindNumber(in Instruction store)
    {
        // One byte of code that loads 1…8 stands right before.
        return store.Offset > 0 && Instruction.Read(_il, store.Offset - 1) is var before && before.Next == store.Offset && before.LoadedNumber(_il) is >= 1;
    }

    private Type? FieldOwner(int token)
    {
        try
        {
            var owner = _method.Module.ResolveField(token, _method.DeclaringType?.GetGenericArguments(), null)?.DeclaringType;
            return owner is { IsConstructedGenericType: true } && _method.DeclaringType!.IsGenericTypeDefinition ? owner.GetGenericTypeDefinition() : owner;
        }
        catch (Exception exception) when (exception is ArgumentException or BadImageFormatException or IOException or TypeLoadException or MissingMemberException)
        {
            return null;
        }
    }

    private bool IsException(int token)
    {
        try
        {
            return _method.Module.ResolveType(token, _method.DeclaringType?.GetGenericArguments(), null) is var type && (type == typeof(Exception) || type == typeof(object));
        }
        catch (Exception exception) when (exception is ArgumentException or BadImageFormatException or IOException or TypeLoadException)
        {
            return false;
        }
    }

    private static void Note(HashSet<int> variables, int number, bool holdsIt)
    {
        if (holdsIt)
            variables.Add(number);
        else
            variables.Remove(number);
    }

    private bool Pop()
    {
        if (_stack.Count == 0)
            return false;
        var top = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }
}
