using System.Diagnostics;
using System.Globalization;

using Pitfalls.Runtime.Benchmarks.Load;
using Pitfalls.Runtime.Benchmarks.Report;
using Pitfalls.Runtime.Benchmarks.Server;

namespace Pitfalls.Runtime.Benchmarks;

/// <summary>What blocking brings: how soon it is told of, what a look at the threads costs, and whether a starved app gets through its work as fast as without us.</summary>
internal sealed class BlockingRun(BenchOptions options)
{

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<Variant, Figures> _figures = [];

    private int Times => options.Quick ? 1 : 5;

    private int Readers => options.Quick ? 12 : 100;

    private int Requests => options.Quick ? Readers : Readers * 10;

    public string Run()
    {
        Variant[] variants = [.. options.Variants.Where(v => v.Name is "bare" or "production" or "development")];
        for (var i = 0; i < Times; i++)
        {
            foreach (var variant in variants)
                Measure(variant);
        }

        return ToMarkdown(variants);
    }

    private void Measure(Variant variant)
    {
        if (!_figures.TryGetValue(variant, out var figures))
            _figures[variant] = figures = new Figures();
        using (var server = ServerProcess.Start(variant))
        {
            if (variant != Variant.Bare)
            {
                WaitFor(server, f => f.IsWatching);
                using (var one = new LoadGenerator(server.Port, connections: 1))
                    one.Send(BlockingEndpoints.Block, 1);
                figures.Found.Add(WaitFor(server, f => f.Blocked >= 0).Blocked);
                for (var i = 0; i < 3; i++)
                    figures.Bursts.Add(server.Burst());
            }
        }

        using (var server = ServerProcess.Start(variant))
        {
            if (variant != Variant.Bare)
                WaitFor(server, f => f.IsWatching);
            using var many = new LoadGenerator(server.Port, Readers);
            var clock = Stopwatch.GetTimestamp();
            many.Send(BlockingEndpoints.Starve, Requests);
            figures.Throughput.Add(Requests / Stopwatch.GetElapsedTime(clock).TotalSeconds);
            figures.Starved.Add(server.Blocking().Starved);
        }
    }

    private static BlockingFigures WaitFor(ServerProcess server, Func<BlockingFigures, bool> until)
    {
        var clock = Stopwatch.GetTimestamp();
        while (true)
        {
            var figures = server.Blocking();
            if (until(figures))
                return figures;
            if (Stopwatch.GetElapsedTime(clock) > s_patience)
                throw new InvalidOperationException($"{server.Variant.Name}: the library sees nothing that blocks here ({figures})");
            Thread.Sleep(20);
        }
    }

    private string ToMarkdown(Variant[] variants)
    {
        var bare = Measurements.Median(_figures[Variant.Bare].Throughput);
        return string.Join('\n',
        [
            "### Blocking",
            "",
            $"One request that blocks for 200 ms; then {Readers} connections that ask {Requests:N0} times for what blocks for a second, with the pool the runtime gives on these cores.",
            "",
            "| | from the block to PIT1001, ms | starved, to PIT1002, ms | answers a second while starved | × bare | a burst of samples, ms | its CPU ms |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
            .. variants.Select(v =>
            {
                var f = _figures[v];
                var throughput = Measurements.Median(f.Throughput);
                return $"| {v.Title} | {Range(f.Found)} | {Range(f.Starved)} | {Number(throughput, 1)} | {Number(throughput / bare, 2)} | {Range(f.Bursts.Select(b => b.Milliseconds))} | {Range(f.Bursts.Select(b => b.CpuMilliseconds))} |";
            }),
            "",
            $"Median (lowest–highest) of {Times} processes each. Neither blocks the request that it is about. A finding of 200 ms of blocking cannot come before these have passed.",
            "",
        ]);
    }

    private static string Range(IEnumerable<double> values)
    {
        List<double> seen = [.. values.Where(v => v >= 0)];
        return seen.Count == 0 ? "" : $"{Number(Measurements.Median(seen), 0)} ({Number(seen.Min(), 0)}–{Number(seen.Max(), 0)})";
    }

    private static string Number(double value, int digits) => value.ToString("N" + digits, CultureInfo.InvariantCulture);

    private sealed class Figures
    {
        public List<double> Found { get; } = [];

        public List<double> Starved { get; } = [];

        public List<double> Throughput { get; } = [];

        public List<BurstFigures> Bursts { get; } = [];
    }
}
