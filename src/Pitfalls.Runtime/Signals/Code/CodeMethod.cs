using System.Reflection;
using System.Reflection.Metadata;

namespace Pitfalls.Runtime.Signals.Code;

/// <summary>One method's body as it was read. It is filled anew for each method: who wants to keep something copies it.</summary>
internal sealed class CodeMethod
{
    public CodeModule Module { get; private set; } = null!;

    public MethodDefinitionHandle Handle { get; private set; }

    public MethodDefinition Definition { get; private set; }

    public MethodKey Key { get; private set; }

    public MethodId Id { get; private set; }

    public List<CodeCall> Calls { get; } = [];

    public List<CodeStore> Stores { get; } = [];

    /// <summary>Where what the method returns came from, when all its returns agree.</summary>
    public Origin Returned { get; private set; }

    public LockRegions Locks { get; } = new();

    /// <summary>Constructors of the type itself, static or not: nobody else sees the object yet.</summary>
    public bool IsConstructor => Key.Name is ".ctor" or ".cctor";

    public bool IsSynchronized => (Definition.ImplAttributes & MethodImplAttributes.Synchronized) != 0;

    private bool _returns;

    public void Begin(CodeModule module, MethodDefinitionHandle handle)
    {
        Module = module;
        Handle = handle;
        Definition = module.Reader.GetMethodDefinition(handle);
        Key = module.KeyOf(handle);
        Id = new MethodId(module.Number, System.Reflection.Metadata.Ecma335.MetadataTokens.GetToken(handle));
        Calls.Clear();
        Stores.Clear();
        Locks.Clear();
        (Returned, _returns) = (Origin.Unknown, false);
    }

    public void Return(Origin origin)
    {
        Returned = !_returns || Returned == origin ? origin : Origin.Unknown;
        _returns = true;
    }

    /// <summary>Whether only one thread at a time comes here, as far as this method's own code tells.</summary>
    public bool IsLockedAt(int offset) => IsSynchronized || Locks.Covers(offset);
}

/// <summary>A call, or the making of an object.</summary>
/// <param name="Offset">Of the instruction in its method.</param>
/// <param name="Callee">The method called.</param>
/// <param name="Arguments">Where its arguments came from, the receiver first; empty when nothing is known of any.</param>
/// <param name="IsNew">The callee is a constructor that makes an object.</param>
internal readonly record struct CodeCall(int Offset, Callee Callee, Origin[] Arguments, bool IsNew)
{
    public Origin Argument(int number) => number < Arguments.Length ? Arguments[number] : Origin.Unknown;
}

/// <summary>A value put into a field.</summary>
internal readonly record struct CodeStore(int Offset, FieldKey Field, Origin Value, bool IsStatic);
