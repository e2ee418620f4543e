using System.Collections.Concurrent;

namespace Pitfalls.Runtime.Diagnostics;

/// <summary>What of the runtime can be heard here, as each source has proved by itself: what "no findings" is worth.</summary>
internal sealed class Channels
{
    private readonly ConcurrentDictionary<string, ChannelStatus> _channels = new();

    public IReadOnlyList<ChannelStatus> All => [.. _channels.Values.OrderBy(c => c.Name, StringComparer.Ordinal)];

    public void Tell(string name, bool works, string? reason = null) => _channels[name] = new ChannelStatus(name, works, reason);
}

/// <summary>One source of signals: whether it works, and why not or how far.</summary>
internal sealed record ChannelStatus(string Name, bool Works, string? Reason);
