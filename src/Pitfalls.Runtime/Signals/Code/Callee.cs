namespace Pitfalls.Runtime.Signals.Code;

/// <summary>A method as a call names it.</summary>
/// <param name="Key">Its name.</param>
/// <param name="HasThis">Whether a receiver comes before its arguments.</param>
/// <param name="ReturnsValue">Whether it leaves something on the stack.</param>
/// <param name="IsUsers">Whether it belongs to user code.</param>
/// <param name="IsGeneric">Whether it has type parameters of its own.</param>
internal sealed record Callee(MethodKey Key, bool HasThis, bool ReturnsValue, bool IsUsers, bool IsGeneric = false)
{
    public int Arguments => Key.Parameters + (HasThis ? 1 : 0);

    /// <summary>Whether it lets one thread pass at a time, or stops doing so.</summary>
    public LockEffect Lock { get; } = LockCalls.EffectOf(Key, IsGeneric);

    /// <summary>What it returns is its first argument in another form: what lies in a <c>Lazy</c>, an enumerator, a query over it.</summary>
    public bool PassesFirstArgumentOn { get; } = Passes(Key);

    private static bool Passes(in MethodKey key) => key.Name switch
    {
        "get_Value" => key.Type is "System.Lazy`1" or "System.Threading.ThreadLocal`1",
        "get_Result" or "GetAwaiter" or "ConfigureAwait" or "AsTask" => key.Type.StartsWith("System.Threading.Tasks.", StringComparison.Ordinal),
        "GetResult" => key.Type.StartsWith("System.Runtime.CompilerServices.", StringComparison.Ordinal),
        "Read" => key.Type is "System.Threading.Volatile",
        "CompareExchange" or "Exchange" => key.Type is "System.Threading.Interlocked",
        "GetEnumerator" or "get_Keys" or "get_Values" or "AsReadOnly" or "get_Writer" or "get_Reader" => true,
        _ => key.Type is "System.Linq.Enumerable" or "System.Linq.ImmutableArrayExtensions",
    };
}

/// <summary>What a call means for who else may come in.</summary>
internal enum LockEffect
{
    None,
    Acquire,

    /// <summary>Takes a lock that ends with the <c>Dispose</c> of what it returns.</summary>
    AcquireUntilDisposed,
    Release,
    Dispose,
}
