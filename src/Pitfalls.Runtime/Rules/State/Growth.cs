using Pitfalls.Runtime.Signals.State;

namespace Pitfalls.Runtime.Rules.State;

/// <summary>How a collection has been growing.</summary>
/// <param name="From">Entries when it began to.</param>
/// <param name="To">Entries now.</param>
/// <param name="Samples">Samples in which it had more entries than in the one before, while requests were served.</param>
/// <param name="Requests">Requests in that time.</param>
/// <param name="Time">The time.</param>
internal readonly record struct Growth(long From, long To, int Samples, long Requests, TimeSpan Time)
{
    // So many samples without a new entry, while requests are served, are a plateau: whatever it keeps, it has.
    private const int Plateau = 3;

    // A steady leak that is taken for one filling up by chance gets its next chance with the next sample.
    private const double SlowerAndSlower = 0.6;

    public double PerRequest => Requests == 0 ? 0 : (double)(To - From) / Requests;

    public double PerMinute => Time <= TimeSpan.Zero ? 0 : (To - From) / Time.TotalMinutes;

    /// <returns>The growth of a collection that keeps growing with the requests; <see langword="null"/> for everything else.</returns>
    public static Growth? Of(ObservedCollection collection, int minimumEntries, int growingSamples)
    {
        var samples = collection.Samples;
        var rises = new List<Rise>();
        var (start, flat, idle, idleStretches) = (0, 0, 0L, 0);
        for (var i = 1; i < samples.Count; i++)
        {
            var (before, now) = (samples[i - 1], samples[i]);
            var (grown, requests) = (now.Count - before.Count, now.Requests - before.Requests);
            if (grown < 0 || (grown == 0 && requests > 0 && ++flat >= Plateau))
            {
                rises.Clear();
                (start, flat, idle, idleStretches) = (i, 0, 0, 0);
            }
            else if (grown > 0 && requests > 0)
            {
                rises.Add(new Rise(grown, requests));
                flat = 0;
            }
            else if (requests == 0)
            {
                idle += grown;
                idleStretches++;
            }
        }

        var (first, last) = samples.Count == 0 ? (default, default) : (samples[start], samples[^1]);
        var growth = new Growth(first.Count, last.Count, rises.Count, last.Requests - first.Requests, last.At - first.At);
        return last.Count >= minimumEntries
            && rises.Count >= growingSamples
            && flat == 0
            // Something that was emptied before has shown that it is looked after, until it is far beyond what it was.
            && last.Count > 2 * collection.ShrunkFrom
            // What grows as well when no requests come does not grow because of them. Once it may: a slow request of the stretch before.
            && (idleStretches < 2 || (double)idle / idleStretches < rises.Average(r => r.Entries) / 2)
            && !IsSlowingDown(rises, growingSamples)
            ? growth
            : null;
    }

    /// <summary>Fewer and fewer new entries per request: it fills up with what there is to know – tenants, countries, routes – and will be full.</summary>
    private static bool IsSlowingDown(List<Rise> rises, int window)
    {
        var recent = rises.GetRange(Math.Max(0, rises.Count - (2 * window)), Math.Min(rises.Count, 2 * window));
        var few = Math.Max(1, recent.Count * 2 / 5);
        return Rate(recent.GetRange(recent.Count - few, few)) < Rate(recent.GetRange(0, few)) * SlowerAndSlower;
    }

    private static double Rate(List<Rise> rises) => (double)rises.Sum(r => r.Entries) / Math.Max(1, rises.Sum(r => r.Requests));

    private readonly record struct Rise(long Entries, long Requests);
}
