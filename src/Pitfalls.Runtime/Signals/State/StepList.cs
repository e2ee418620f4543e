namespace Pitfalls.Runtime.Signals.State;

/// <summary>
/// A list in blocks: it grows without copying what it has, and without large arrays, whose making alone can cause a collection of everything.
/// </summary>
internal sealed class StepList<T>(int keptBlocks)
    where T : struct
{
    private const int BlockSize = 1024;

    private readonly List<T[]> _blocks = [];

    public int Count { get; private set; }

    public ref readonly T this[int index] => ref _blocks[index / BlockSize][index % BlockSize];

    public void Add(in T item)
    {
        if (Count == _blocks.Count * BlockSize)
            _blocks.Add(new T[BlockSize]);
        _blocks[Count / BlockSize][Count % BlockSize] = item;
        Count++;
    }

    /// <summary>Forgets everything, and keeps a few blocks for the next time.</summary>
    public void Clear()
    {
        for (var (i, left) = (0, Count); left > 0 && i < keptBlocks; i++, left -= BlockSize)
            Array.Clear(_blocks[i], 0, Math.Min(left, BlockSize));
        if (_blocks.Count > keptBlocks)
            _blocks.RemoveRange(keptBlocks, _blocks.Count - keptBlocks);
        Count = 0;
    }
}
