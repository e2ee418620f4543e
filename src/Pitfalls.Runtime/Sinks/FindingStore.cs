using System.Collections.Concurrent;

namespace Pitfalls.Runtime.Sinks;

/// <summary>The findings of this run, for the page and its API. Bounded by the window in front of it.</summary>
internal sealed class FindingStore : IPitfallSink
{
    private readonly ConcurrentDictionary<string, Finding> _findings = new();
    private long _version;

    /// <summary>Changes with every write: the page's ETag.</summary>
    public long Version => Interlocked.Read(ref _version);

    public int Count => _findings.Count;

    public event Action<Finding>? Written;

    public void Write(Finding finding)
    {
        _findings.AddOrUpdate(finding.Fingerprint, finding, (_, known) => finding.Count >= known.Count ? finding : known);
        Interlocked.Increment(ref _version);
        Written?.Invoke(finding);
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<Finding> All() =>
        [.. _findings.Values.OrderByDescending(f => f.LastSeen).ThenBy(f => f.Fingerprint, StringComparer.Ordinal)];
}
