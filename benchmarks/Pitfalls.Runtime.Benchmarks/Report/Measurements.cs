using Pitfalls.Runtime.Benchmarks.Server;

namespace Pitfalls.Runtime.Benchmarks.Report;

/// <summary>What one slice of requests cost one server.</summary>
internal sealed record Slice(int Process, int Requests, Snapshot Before, Snapshot After)
{
    public double Microseconds => (After.Cpu - Before.Cpu).TotalMicroseconds / Requests;

    public double Bytes => (double)(After.Allocated - Before.Allocated) / Requests;

    public long Compiled => After.Compiled - Before.Compiled;

    public double LookedShare => (double)(After.Looked - Before.Looked) / Requests;
}

/// <summary>Everything measured, and the medians of it.</summary>
internal sealed class Measurements
{
    private readonly Dictionary<(Variant Variant, BenchEndpoint Endpoint), List<Slice>> _slices = [];
    private readonly Dictionary<Variant, List<(double Elapsed, double Cpu)>> _starts = [];
    private readonly Dictionary<Variant, List<Snapshot>> _ends = [];

    public void AddSlice(Variant variant, BenchEndpoint endpoint, Slice slice) => ListOf(_slices, (variant, endpoint)).Add(slice);

    public void AddStart(Variant variant, TimeSpan elapsed, TimeSpan cpu) => ListOf(_starts, variant).Add((elapsed.TotalMilliseconds, cpu.TotalMilliseconds));

    public void AddEnd(Variant variant, Snapshot snapshot) => ListOf(_ends, variant).Add(snapshot);

    public IReadOnlyList<Slice> Slices(Variant variant, BenchEndpoint endpoint) => ListOf(_slices, (variant, endpoint));

    /// <summary>
    /// For each process the median over its rounds, each against the bare app's slice of the same round: drifts of the machine cancel out.
    /// </summary>
    public IReadOnlyList<double> Ratios(Variant variant, BenchEndpoint endpoint) =>
        [.. Slices(variant, endpoint)
            .Zip(Slices(Variant.Bare, endpoint), (ours, bare) => (ours.Process, Ratio: ours.Microseconds / bare.Microseconds))
            .GroupBy(r => r.Process, r => r.Ratio)
            .Select(Median)];

    public double StartMilliseconds(Variant variant) => Median(ListOf(_starts, variant).Select(s => s.Elapsed));

    public double StartCpuMilliseconds(Variant variant) => Median(ListOf(_starts, variant).Select(s => s.Cpu));

    public double WorkingSetMegabytes(Variant variant) => Median(ListOf(_ends, variant).Select(e => e.WorkingSet / 1e6));

    public long Dropped => _ends.Values.SelectMany(e => e).Sum(e => e.Dropped);

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static List<T> ListOf<TKey, T>(Dictionary<TKey, List<T>> lists, TKey key)
        where TKey : notnull =>
        lists.TryGetValue(key, out var list) ? list : lists[key] = [];
}
