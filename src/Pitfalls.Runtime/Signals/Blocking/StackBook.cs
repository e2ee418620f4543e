using System.Runtime.InteropServices;

namespace Pitfalls.Runtime.Signals.Blocking;

/// <summary>Every distinct stack once, so that a stack that comes a million times is resolved once. Bounded: a full book starts anew.</summary>
internal sealed class StackBook
{
    public const int MaxStacks = 4096;

    private readonly Dictionary<ulong, CallStack> _stacks = [];

    public int Count => _stacks.Count;

    public CallStack Find(ReadOnlySpan<byte> addresses)
    {
        var hash = HashOf(addresses);
        if (_stacks.TryGetValue(hash, out var known) && known.Holds(addresses))
            return known;
        if (_stacks.Count >= MaxStacks)
            _stacks.Clear();
        return _stacks[hash] = new CallStack(addresses);
    }

    private static ulong HashOf(ReadOnlySpan<byte> addresses)
    {
        // FNV over words: stacks differ in few places, and a collision only costs a second resolution.
        var hash = 14695981039346656037UL;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(addresses))
            hash = (hash ^ word) * 1099511628211UL;
        return hash;
    }
}
