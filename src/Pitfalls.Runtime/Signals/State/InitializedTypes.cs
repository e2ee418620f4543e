using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>
/// Whether a type's static constructor has run. Reading a static field by reflection runs it otherwise – and, in a module nothing of
/// which has run yet, the module's initializers too –, and the app's code is never ours to run.
/// </summary>
/// <remarks>
/// The runtime keeps the answer in bit 0 of the first word of the method table's auxiliary data
/// (https://github.com/dotnet/runtime/blob/main/src/coreclr/vm/methodtable.h, <c>enum_flag_Initialized</c>). Where that word lies is
/// read from CoreLib's own metadata, and nothing is believed before it has been proved on types of ours.
/// </remarks>
internal sealed unsafe class InitializedTypes
{
    private const uint Initialized = 1;

    private readonly int _auxiliaryData;

    private InitializedTypes(int auxiliaryData) => _auxiliaryData = auxiliaryData;

    /// <summary>A reader that has been proved right; <see langword="null"/> with the reason when it could not.</summary>
    public static InitializedTypes? TryCreate(out string? whyNot)
    {
        if (OffsetOfAuxiliaryData() is not { } offset)
        {
            whyNot = "this runtime does not say where it keeps whether a static constructor has run";
            return null;
        }

        var types = new InitializedTypes(offset);
        whyNot = types.Prove() ? null : "what this runtime says about static constructors proved wrong on types of our own";
        return whyNot is null ? types : null;
    }

    /// <summary>Whether the type's static fields can be read without running anything.</summary>
    public bool IsInitialized(Type type)
    {
        // Open types have no statics; a handle with bit 1 set is no method table (pointers, type parameters).
        if (type.ContainsGenericParameters || type.HasElementType)
            return false;
        var table = (byte*)type.TypeHandle.Value;
        if (table is null || ((nint)table & 2) != 0)
            return false;
        var auxiliary = *(uint**)(table + _auxiliaryData);
        return auxiliary is not null && (Volatile.Read(ref *auxiliary) & Initialized) != 0;
    }

    private static int? OffsetOfAuxiliaryData()
    {
        var field = typeof(object).Assembly
            .GetType("System.Runtime.CompilerServices.MethodTable")?
            .GetField("AuxiliaryData", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
        return field?.GetCustomAttributesData().FirstOrDefault(a => a.AttributeType == typeof(FieldOffsetAttribute)) is
            { ConstructorArguments: [{ Value: int and > 0 and < 256 and var offset }] }
            ? offset
            : null;
    }

    /// <summary>Two witnesses of the same shape: one whose static constructor has run, one whose has not. And the framework's, which must have run.</summary>
    private bool Prove()
    {
        RuntimeHelpers.RunClassConstructor(typeof(Touched).TypeHandle);
        return IsInitialized(typeof(Touched)) && !IsInitialized(typeof(NeverTouched)) && IsInitialized(typeof(string));
    }

    private static class Touched
    {
        public static readonly object Value;

        static Touched() => Value = new object();
    }

    /// <summary>Its static constructor must never run: that is what makes it a witness.</summary>
    private static class NeverTouched
    {
        public static readonly object Value;

        static NeverTouched() => Value = new object();
    }
}
