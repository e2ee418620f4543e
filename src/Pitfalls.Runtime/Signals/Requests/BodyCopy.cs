using System.Buffers;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>A copy of the first 64 KiB that pass through, in memory lent by the shared pool. It grows with the body: most are small.</summary>
/// <remarks>
/// Locked, for an app that forgot a task may still be writing while its response has ended: such a write must never touch memory
/// that went back to the pool, where it belongs to somebody else.
/// </remarks>
internal sealed class BodyCopy : IDisposable
{
    public const int MaxBytes = 64 * 1024;

    private const int FirstBytes = 2 * 1024;

    private readonly Lock _lock = new();
    private byte[]? _bytes;
    private int _length;
    private bool _isClosed;

    /// <summary>What was copied; stable once it is closed.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    public bool IsFull => _length == MaxBytes;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            var take = _isClosed ? 0 : Math.Min(bytes.Length, MaxBytes - _length);
            if (take == 0)
                return;
            if (_bytes is null || _length + take > _bytes.Length)
                Grow(_length + take);
            bytes[..take].CopyTo(_bytes.AsSpan(_length));
            _length += take;
        }
    }

    /// <summary>Nothing more comes in: from here on it may be read without a lock.</summary>
    public void Close()
    {
        lock (_lock)
            _isClosed = true;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isClosed = true;
            if (_bytes is { } bytes)
                GiveBack(bytes, _length);
            (_bytes, _length) = (null, 0);
        }
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(MaxBytes, Math.Max(FirstBytes, Math.Max(needed, _length * 4))));
        if (_bytes is { } smaller)
        {
            smaller.AsSpan(0, _length).CopyTo(larger);
            GiveBack(smaller, _length);
        }

        _bytes = larger;
    }

    /// <summary>A body may hold anything: what goes back to the pool is blank. Only what was written needs wiping; that is mostly little.</summary>
    private static void GiveBack(byte[] bytes, int written)
    {
        bytes.AsSpan(0, written).Clear();
        ArrayPool<byte>.Shared.Return(bytes);
    }
}
