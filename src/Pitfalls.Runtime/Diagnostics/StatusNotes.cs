using System.Collections.Concurrent;

namespace Pitfalls.Runtime.Diagnostics;

/// <summary>What <c>api/status</c> has to say in words: what was ignored or is not watched, and why. Bounded; the same note counts once.</summary>
internal sealed class StatusNotes
{
    private const int Max = 100;

    private readonly ConcurrentDictionary<string, byte> _notes = new();

    public IReadOnlyList<string> All => [.. _notes.Keys.Order(StringComparer.Ordinal)];

    public void Add(string note)
    {
        if (_notes.Count < Max)
            _notes.TryAdd(note, 0);
    }
}
