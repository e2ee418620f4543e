using System.Collections.Concurrent;

namespace Pitfalls.Runtime.Diagnostics;

/// <summary>What could not be kept, by station and reason: counted, never silent.</summary>
internal sealed class Drops(PitfallMeter meter)
{
    private readonly ConcurrentDictionary<(string Station, string Reason), long> _counts = new();

    public IReadOnlyList<(string Station, string Reason, long Count)> All =>
        [.. _counts.Select(c => (c.Key.Station, c.Key.Reason, c.Value)).OrderBy(c => c.Station, StringComparer.Ordinal).ThenBy(c => c.Reason, StringComparer.Ordinal)];

    public long Total => _counts.Values.Sum();

    public void Add(string station, string reason)
    {
        // One event a reason and not one a drop: a flood of drops must not become a flood of events.
        if (_counts.AddOrUpdate((station, reason), 1, static (_, count) => count + 1) == 1)
            PitfallEventSource.Log.Dropped(station, reason);
        meter.Dropped(reason);
    }
}
