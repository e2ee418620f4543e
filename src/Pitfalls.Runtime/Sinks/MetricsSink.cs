using Pitfalls.Runtime.Diagnostics;

namespace Pitfalls.Runtime.Sinks;

/// <summary>Counts findings and their occurrences on the meter.</summary>
internal sealed class MetricsSink(PitfallMeter meter) : IPitfallSink
{
    // Bounded by the window: it lets no more distinct fingerprints through than MaxFindings.
    private readonly Dictionary<string, long> _counted = [];

    public void Write(Finding finding)
    {
        var known = _counted.TryGetValue(finding.Fingerprint, out var before);
        if (!known)
            meter.Activated(finding, 1);
        // A snapshot may be overtaken by a newer one: count what is new, never twice.
        if (finding.Count > before)
        {
            meter.Occurred(finding, finding.Count - before);
            _counted[finding.Fingerprint] = finding.Count;
        }
    }
}
