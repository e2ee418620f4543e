using System.Buffers.Binary;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Pitfalls.Runtime.Signals.Code;

/// <summary>
/// Reads a method's instructions once, straight through, and keeps book of where the values on the evaluation stack came from: enough
/// to know whose field a call is made on, without knowing what the values are.
/// </summary>
/// <param name="returned">The field a method is known to return, a property's getter for one.</param>
/// <param name="lockEffect">What calling a user's method means for who may come in.</param>
internal sealed class CodeReader(Func<MethodKey, FieldKey?> returned, Func<MethodKey, LockEffect> lockEffect)
{
    private readonly CodeMethod _method = new();
    private readonly List<Origin> _stack = [];
    private readonly Dictionary<int, Origin> _locals = [];
    private readonly Dictionary<int, Origin[]> _atTarget = [];

    /// <returns><see langword="null"/> when the method has no body, or one longer than asked for.</returns>
    public CodeMethod? Read(CodeModule module, MethodDefinitionHandle handle, int maxLength = int.MaxValue)
    {
        var definition = module.Reader.GetMethodDefinition(handle);
        if (module.BodyOf(definition) is not { } body || body.GetILReader().Length > maxLength)
            return null;
        _method.Begin(module, handle);
        _stack.Clear();
        _locals.Clear();
        _atTarget.Clear();
        // What a handler of exceptions starts with: the exception.
        foreach (var region in body.ExceptionRegions)
        {
            if (region.Kind is ExceptionRegionKind.Catch or ExceptionRegionKind.Filter)
                _atTarget[region.HandlerOffset] = [Origin.Unknown];
            if (region.Kind is ExceptionRegionKind.Filter)
                _atTarget[region.FilterOffset] = [Origin.Unknown];
        }

        var il = body.GetILBytes();
        Run(module, il);
        _method.Locks.Close(body.ExceptionRegions);
        return _method;
    }

    private void Run(CodeModule module, ReadOnlySpan<byte> il)
    {
        var reached = true;
        for (var at = 0; at < il.Length;)
        {
            var offset = at;
            // After a jump away, the stack is the one of the jump that leads here.
            if (!reached)
            {
                _stack.Clear();
                if (_atTarget.TryGetValue(offset, out var stack))
                    _stack.AddRange(stack);
            }

            var code = Opcode.Read(il, ref at);
            var operand = at;
            at += code.OperandSize == Opcode.SwitchOperand ? 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(il[at..])) : code.OperandSize;
            Step(module, code, il, operand, offset, at);
            reached = !code.EndsFlow;
        }
    }

    private void Step(CodeModule module, in Opcode code, ReadOnlySpan<byte> il, int operand, int offset, int next)
    {
        switch ((OpCodeValue)code.Value)
        {
            case >= OpCodeValue.Ldarg_0 and <= OpCodeValue.Ldarg_3:
                _stack.Add(Origin.OfArgument(code.Value - (int)OpCodeValue.Ldarg_0));
                break;
            case OpCodeValue.Ldarg_S or OpCodeValue.Ldarga_S:
                _stack.Add(Origin.OfArgument(il[operand]));
                break;
            case OpCodeValue.Ldarg or OpCodeValue.Ldarga:
                _stack.Add(Origin.OfArgument(BinaryPrimitives.ReadUInt16LittleEndian(il[operand..])));
                break;
            case >= OpCodeValue.Ldloc_0 and <= OpCodeValue.Ldloc_3:
                _stack.Add(Local(code.Value - (int)OpCodeValue.Ldloc_0));
                break;
            case OpCodeValue.Ldloc_S or OpCodeValue.Ldloca_S:
                _stack.Add(Local(il[operand]));
                break;
            case OpCodeValue.Ldloc or OpCodeValue.Ldloca:
                _stack.Add(Local(BinaryPrimitives.ReadUInt16LittleEndian(il[operand..])));
                break;
            case >= OpCodeValue.Stloc_0 and <= OpCodeValue.Stloc_3:
                _locals[code.Value - (int)OpCodeValue.Stloc_0] = Pop();
                break;
            case OpCodeValue.Stloc_S:
                _locals[il[operand]] = Pop();
                break;
            case OpCodeValue.Stloc:
                _locals[BinaryPrimitives.ReadUInt16LittleEndian(il[operand..])] = Pop();
                break;
            case OpCodeValue.Ldfld or OpCodeValue.Ldflda:
                Pop();
                Push(module.FieldOf(Token(il, operand)));
                break;
            case OpCodeValue.Ldsfld or OpCodeValue.Ldsflda:
                Push(module.FieldOf(Token(il, operand)));
                break;
            case OpCodeValue.Stfld or OpCodeValue.Stsfld:
                Store(module, Token(il, operand), offset, code.Value == (int)OpCodeValue.Stsfld);
                break;
            case OpCodeValue.Ldnull:
                _stack.Add(Origin.Null);
                break;
            case OpCodeValue.Dup:
                var top = Pop();
                _stack.Add(top);
                _stack.Add(top);
                break;
            case OpCodeValue.Castclass or OpCodeValue.Isinst:
                // The same object under another type.
                break;
            case OpCodeValue.Ldftn or OpCodeValue.Ldvirtftn:
                Pop(code.Pops);
                _stack.Add(module.CalleeOf(Token(il, operand)) is { } target ? Origin.OfDelegate(target.Key) : Origin.Unknown);
                break;
            case OpCodeValue.Call or OpCodeValue.Callvirt or OpCodeValue.Newobj:
                if (module.CalleeOf(Token(il, operand)) is { } callee)
                    Call(callee, offset, isNew: code.Value == (int)OpCodeValue.Newobj);
                break;
            case OpCodeValue.Calli:
                CallIndirectly(module, Token(il, operand));
                break;
            case OpCodeValue.Ret:
                if (_stack.Count > 0)
                    _method.Return(_stack[^1]);
                break;
            default:
                Pop(Math.Max(0, code.Pops));
                for (var i = 0; i < code.Pushes; i++)
                    _stack.Add(Origin.Unknown);
                break;
        }

        if (code.IsBranch && code.Value is not ((int)OpCodeValue.Leave or (int)OpCodeValue.Leave_S))
            Remember(next + (code.OperandSize == 1 ? (sbyte)il[operand] : BinaryPrimitives.ReadInt32LittleEndian(il[operand..])));
    }

    private void Call(Callee callee, int offset, bool isNew)
    {
        var count = callee.Arguments - (isNew && callee.HasThis ? 1 : 0);
        var arguments = Take(count);
        _method.Calls.Add(new CodeCall(offset, callee, arguments, isNew));
        _method.Locks.Add(callee.IsUsers && callee.Lock is LockEffect.None or LockEffect.AcquireUntilDisposed ? Max(lockEffect(callee.Key), callee.Lock) : callee.Lock, offset);
        if (isNew)
            // A delegate is made of an object and a method.
            _stack.Add(arguments is [_, { Kind: OriginKind.Delegate } made] ? made : Origin.Unknown);
        else if (callee.ReturnsValue)
            _stack.Add(ResultOf(callee, arguments));
    }

    private Origin ResultOf(Callee callee, Origin[] arguments) =>
        callee.IsUsers && returned(callee.Key) is { } field ? Origin.OfField(field)
        : callee.PassesFirstArgumentOn && arguments.Length > 0 ? arguments[0]
        : Origin.Unknown;

    private void CallIndirectly(CodeModule module, int token)
    {
        var signature = module.Reader.GetStandaloneSignature((StandaloneSignatureHandle)MetadataTokens.EntityHandle(token)).Signature;
        var (hasThis, parameters, returnsValue) = module.ReadSignature(signature);
        Pop(1 + parameters + (hasThis ? 1 : 0));
        if (returnsValue)
            _stack.Add(Origin.Unknown);
    }

    private void Store(CodeModule module, int token, int offset, bool isStatic)
    {
        var value = Pop();
        if (!isStatic)
            Pop();
        if (module.FieldOf(token) is { } field && (field.IsCompilers || !module.IsScalar(token)))
            _method.Stores.Add(new CodeStore(offset, field, value, isStatic));
    }

    /// <summary>The stack a jump takes with it, for when nothing else leads there.</summary>
    private void Remember(int target)
    {
        if (_stack.Count > 0)
            _atTarget.TryAdd(target, [.. _stack]);
    }

    private void Push(FieldKey? field) => _stack.Add(field is null ? Origin.Unknown : Origin.OfField(field));

    private Origin Local(int number) => _locals.GetValueOrDefault(number);

    private Origin Pop()
    {
        if (_stack.Count == 0)
            return Origin.Unknown;
        var top = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    private void Pop(int count) => _stack.RemoveRange(Math.Max(0, _stack.Count - count), Math.Min(count, _stack.Count));

    private Origin[] Take(int count)
    {
        var isKnown = false;
        for (var i = 1; i <= count && i <= _stack.Count; i++)
            isKnown |= _stack[^i].Kind is not (OriginKind.Unknown or OriginKind.Null);
        var arguments = isKnown ? new Origin[count] : [];
        for (var i = count - 1; i >= 0; i--)
        {
            var origin = Pop();
            if (isKnown)
                arguments[i] = origin;
        }

        return arguments;
    }

    private static LockEffect Max(LockEffect a, LockEffect b) => a != LockEffect.None ? a : b;

    private static int Token(ReadOnlySpan<byte> il, int at) => BinaryPrimitives.ReadInt32LittleEndian(il[at..]);
}
