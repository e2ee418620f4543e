namespace PitfallShop.Data;

/// <summary>
/// SQLite has one writer at a time, and its driver waits for its turn by putting the request's thread to sleep. Here requests wait
/// without a thread. PostgreSQL sorts its writers out by itself.
/// </summary>
public sealed class WriteGate : IDisposable
{
    private readonly SemaphoreSlim? _turn;

    private WriteGate(SemaphoreSlim? turn) => _turn = turn;

    public static WriteGate OneAtATime() => new(new SemaphoreSlim(1, 1));

    public static WriteGate Open() => new(null);

    public async Task<IDisposable?> EnterAsync(CancellationToken cancellationToken)
    {
        if (_turn is null)
            return null;
        await _turn.WaitAsync(cancellationToken);
        return new Turn(_turn);
    }

    public void Dispose() => _turn?.Dispose();

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
