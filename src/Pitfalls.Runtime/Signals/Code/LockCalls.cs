namespace Pitfalls.Runtime.Signals.Code;

/// <summary>The calls that let one thread pass at a time.</summary>
internal static class LockCalls
{
    private const string Threading = "System.Threading.";

    public static LockEffect EffectOf(in MethodKey key, bool isGeneric) => (key.Type, key.Name) switch
    {
        (Threading + "Monitor", "Enter" or "TryEnter") => LockEffect.Acquire,
        (Threading + "Monitor", "Exit") => LockEffect.Release,
        (Threading + "Lock", "Enter" or "EnterScope" or "TryEnter") => LockEffect.Acquire,
        (Threading + "Lock", "Exit") or (Threading + "Lock+Scope", "Dispose") => LockEffect.Release,
        // A read lock is none for a writer.
        (Threading + "ReaderWriterLockSlim", "EnterWriteLock" or "TryEnterWriteLock") => LockEffect.Acquire,
        (Threading + "ReaderWriterLockSlim", "ExitWriteLock") => LockEffect.Release,
        (Threading + "ReaderWriterLock", "AcquireWriterLock" or "UpgradeToWriterLock") => LockEffect.Acquire,
        (Threading + "ReaderWriterLock", "ReleaseWriterLock" or "DowngradeFromWriterLock" or "ReleaseLock") => LockEffect.Release,
        (Threading + "SemaphoreSlim", "Wait" or "WaitAsync") => LockEffect.Acquire,
        (Threading + "SemaphoreSlim" or Threading + "Semaphore", "Release") => LockEffect.Release,
        (Threading + "WaitHandle" or Threading + "Mutex" or Threading + "Semaphore", "WaitOne") => LockEffect.Acquire,
        (Threading + "Mutex", "ReleaseMutex") or (Threading + "EventWaitHandle" or Threading + "AutoResetEvent", "Set") => LockEffect.Release,
        (Threading + "SpinLock", "Enter" or "TryEnter") => LockEffect.Acquire,
        (Threading + "SpinLock", "Exit") => LockEffect.Release,
        // A flag that only one thread gets to set. Of an object it is no gate: then the exchange itself is what counts.
        (Threading + "Interlocked", "CompareExchange") when !isGeneric => LockEffect.Acquire,
        (Threading + "Interlocked", "Exchange") or (Threading + "Volatile", "Write") when !isGeneric => LockEffect.Release,
        // Every foreach disposes of its enumerator.
        (var type, "Dispose" or "DisposeAsync") => type.Contains("Enumerator", StringComparison.Ordinal) ? LockEffect.None : LockEffect.Dispose,
        // AsyncLock, AsyncKeyedLock, distributed locks: their names say so.
        (_, var name) when IsNamedLikeALock(name) && !key.Type.StartsWith("System.", StringComparison.Ordinal) => LockEffect.AcquireUntilDisposed,
        _ => LockEffect.None,
    };

    private static bool IsNamedLikeALock(string name) =>
        name is "Lock" or "LockAsync" or "WriterLock" or "WriterLockAsync" or "EnterAsync" or "Acquire" or "AcquireAsync" or "AcquireLock"
            or "AcquireLockAsync" or "LockOrNull" or "LockOrNullAsync" or "EnterScopeAsync";
}
