using System.Reflection;
using System.Reflection.Emit;

using Pitfalls.Runtime.Signals.Code;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Exceptions;

/// <summary>Works out what a <c>when</c> said to one exception, as far as it asks for types and for cancellation only. Nothing of it is run.</summary>
internal sealed class FilterReader
{
    private const int MaxSteps = 2000;

    private static readonly Value s_unknown = new(Kind.Unknown);

    private readonly MethodBase _method;
    private readonly byte[] _il;
    private readonly Exception _exception;
    private readonly Stack<Value> _stack = new();
    private readonly Dictionary<int, Value> _locals = [];
    private readonly Dictionary<int, Value> _fields = [];
    private bool _looksAtIt;
    private bool _isOfType;

    private FilterReader(MethodBase method, byte[] il, Exception exception)
    {
        _method = method;
        _il = il;
        _exception = exception;
    }

    private enum Kind
    {
        Unknown,
        Null,
        Caught,
        This,
        Number,
    }

    public static FilterAnswer Read(MethodBase method, byte[] il, int offset, Exception exception)
    {
        var reader = new FilterReader(method, il, exception);
        reader._stack.Push(new Value(Kind.Caught));
        var answer = reader.Run(offset);
        return reader._looksAtIt ? FilterAnswer.LooksAtIt
            : answer switch
            {
                { Kind: Kind.Number, Number: 0 } or { Kind: Kind.Null } => FilterAnswer.No,
                { Kind: Kind.Number } or { Kind: Kind.Caught } => reader._isOfType ? FilterAnswer.OfType : FilterAnswer.Yes,
                _ => FilterAnswer.Unknown,
            };
    }

    private Value Run(int at)
    {
        for (var steps = 0; steps < MaxSteps && at < _il.Length; steps++)
        {
            var instruction = Instruction.Read(_il, at);
            if (instruction.Code.Code == OpCodes.Endfilter)
                return Pop();
            if (Step(instruction) is not { } next)
                return s_unknown;
            at = next;
        }

        return s_unknown;
    }

    /// <summary>Where it goes on; <see langword="null"/> where that cannot be told.</summary>
    private int? Step(in Instruction instruction)
    {
        var code = instruction.Code.Code;
        if (instruction.LoadedLocal(_il) is { } loaded)
            _stack.Push(_locals.GetValueOrDefault(loaded));
        else if (instruction.StoredLocal(_il) is { } stored)
            _locals[stored] = Pop();
        else if (instruction.LoadedNumber(_il) is { } number)
            _stack.Push(new Value(Kind.Number, number));
        else if (instruction.Code.IsBranch)
            return Branch(instruction);
        else if (instruction.Value is OpCodeValue.Call or OpCodeValue.Callvirt or OpCodeValue.Newobj)
            return Call(instruction) ? instruction.Next : null;
        else if (code == OpCodes.Ldarg_0)
            _stack.Push(new Value(Kind.This));
        else if (code == OpCodes.Ldnull)
            _stack.Push(new Value(Kind.Null));
        else if (code == OpCodes.Dup)
            _stack.Push(_stack.TryPeek(out var top) ? top : s_unknown);
        else if (code == OpCodes.Isinst)
            _stack.Push(IsInstance(Pop(), instruction.Token(_il)));
        else if (code == OpCodes.Ldfld)
            _stack.Push(Pop().Kind == Kind.This ? _fields.GetValueOrDefault(instruction.Token(_il)) : s_unknown);
        else if (code == OpCodes.Stfld)
            StoreField(instruction.Token(_il));
        else if (code == OpCodes.Ceq || code == OpCodes.Cgt_Un || code == OpCodes.Cgt || code == OpCodes.And || code == OpCodes.Or)
            _stack.Push(Compare(code, Pop(), Pop()));
        else if (code != OpCodes.Castclass && code != OpCodes.Nop)
            Skip(instruction);
        return instruction.Next;
    }

    private void Skip(in Instruction instruction)
    {
        for (var i = 0; i < instruction.Code.Pops; i++)
            Pop();
        for (var i = 0; i < instruction.Code.Pushes; i++)
            _stack.Push(s_unknown);
    }

    private int? Branch(in Instruction instruction)
    {
        var code = instruction.Code.Code;
        if (code.FlowControl == FlowControl.Branch)
            return instruction.Target(_il);
        bool? jumps = code.Name switch
        {
            "brtrue" or "brtrue.s" => Truth(Pop()),
            "brfalse" or "brfalse.s" => !Truth(Pop()),
            "beq" or "beq.s" => Truth(Compare(OpCodes.Ceq, Pop(), Pop())),
            "bne.un" or "bne.un.s" => !Truth(Compare(OpCodes.Ceq, Pop(), Pop())),
            _ => null,
        };
        return jumps is { } known ? (known ? instruction.Target(_il) : instruction.Next) : null;
    }

    private bool Call(in Instruction instruction)
    {
        if (ILCalls.Resolve(_method, instruction.Token(_il)) is not { } callee)
            return false;
        var isNew = instruction.Value == OpCodeValue.Newobj;
        for (var i = callee.GetParameters().Length + (callee.IsStatic || isNew ? 0 : 1); i > 0; i--)
            _looksAtIt |= Pop().Kind == Kind.Caught;
        // It was caught, so whoever asked for cancellation heard no.
        if (callee.DeclaringType == typeof(CancellationToken) || callee.DeclaringType == typeof(CancellationTokenSource))
            _stack.Push(callee.Name == "get_IsCancellationRequested" ? new Value(Kind.Number, 0) : s_unknown);
        else if (isNew || callee is MethodInfo { ReturnType: var returned } && returned != typeof(void))
            _stack.Push(s_unknown);
        return true;
    }

    private Value IsInstance(Value value, int token)
    {
        if (value.Kind != Kind.Caught)
            return value.Kind == Kind.Null ? value : s_unknown;
        try
        {
            var type = _method.Module.ResolveType(token, _method.DeclaringType?.GetGenericArguments(), _method.IsGenericMethod ? _method.GetGenericArguments() : null);
            if (type.ContainsGenericParameters)
                return s_unknown;
            if (!type.IsInstanceOfType(_exception))
                return new Value(Kind.Null);
            _isOfType |= type != typeof(Exception) && type != typeof(object);
            return value;
        }
        catch (Exception exception) when (exception is ArgumentException or BadImageFormatException or IOException or TypeLoadException)
        {
            return s_unknown;
        }
    }

    private void StoreField(int token)
    {
        var value = Pop();
        if (Pop().Kind == Kind.This)
            _fields[token] = value;
    }

    private static Value Compare(OpCode code, Value right, Value left)
    {
        if (left.Kind == Kind.Unknown || right.Kind == Kind.Unknown)
            return s_unknown;
        var (a, b) = (left.AsNumber, right.AsNumber);
        var result = code == OpCodes.Ceq ? a == b : code == OpCodes.And ? (a & b) != 0 : code == OpCodes.Or ? (a | b) != 0 : a > b;
        return new Value(Kind.Number, result ? 1 : 0);
    }

    private static bool? Truth(Value value) => value.Kind == Kind.Unknown ? null : value.AsNumber != 0;

    private Value Pop() => _stack.TryPop(out var top) ? top : s_unknown;

    private readonly record struct Value(Kind Kind, int Number = 0)
    {
        public int AsNumber => Kind switch { Kind.Number => Number, Kind.Null => 0, _ => 1 };
    }
}

/// <summary>What a <c>when</c> said.</summary>
internal enum FilterAnswer
{
    /// <summary>It depends on something else.</summary>
    Unknown,

    /// <summary>No: the clause did not catch it.</summary>
    No,

    /// <summary>Yes, for any exception like it: at most some types were left out.</summary>
    Yes,

    /// <summary>Yes, because it is of a type that was asked for.</summary>
    OfType,

    /// <summary>The exception was handed to some code there.</summary>
    LooksAtIt,
}
