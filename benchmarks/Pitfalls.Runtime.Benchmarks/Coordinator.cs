using System.Diagnostics;

using Pitfalls.Runtime.Benchmarks.Load;
using Pitfalls.Runtime.Benchmarks.Report;
using Pitfalls.Runtime.Benchmarks.Server;

namespace Pitfalls.Runtime.Benchmarks;

/// <summary>Runs the whole measurement: starts, then for each generation of processes and each endpoint the rounds.</summary>
/// <remarks>
/// Rounds go through all variants, each starting with another one, so that what the machine does meanwhile falls on all of them
/// alike. Several generations of processes, because two runs of one program differ by what was compiled when and by where it lies in
/// memory, and no number of rounds in one of them shows that.
/// </remarks>
internal sealed class Coordinator(BenchOptions options, TextWriter output)
{
    private const int MaxWarmUps = 15;

    /// <summary>Longer than the library's threads linger: what they do for a slice's requests belongs to the slice.</summary>
    private readonly TimeSpan _settle = TimeSpan.FromMilliseconds(options.Quick ? 40 : 100);

    private readonly Measurements _measured = new();

    public void Run()
    {
        var machine = Machine.Describe();
        for (var i = 0; i < options.Starts; i++)
        {
            foreach (var variant in Rotated(i, options.Variants))
                MeasureStart(variant);
            Tell($"start {i + 1} of {options.Starts}");
        }

        for (var process = 0; process < options.Processes; process++)
            MeasureRounds(process);

        var report = new BenchReport(options, machine, _measured, new BlockingRun(options).Run()).ToMarkdown();
        output.Write(report);
        if (options.Write)
            output.WriteLine($"written to {PerformancePage.Write(report)}");
    }

    private void MeasureStart(Variant variant)
    {
        var clock = Stopwatch.GetTimestamp();
        using var server = ServerProcess.Start(variant);
        using var load = new LoadGenerator(server.Port, connections: 1);
        load.Send(options.Endpoints[0], 1);
        var elapsed = Stopwatch.GetElapsedTime(clock);
        _measured.AddStart(variant, elapsed, server.Ask().Cpu);
    }

    private void MeasureRounds(int process)
    {
        var servers = new List<ServerProcess>();
        try
        {
            foreach (var variant in Rotated(process, options.Variants))
                servers.Add(ServerProcess.Start(variant));
            foreach (var endpoint in options.Endpoints)
            {
                foreach (var server in servers)
                    WarmUp(process, server, endpoint);
                for (var round = 0; round < options.Rounds; round++)
                {
                    foreach (var server in Rotated(round, servers))
                        _measured.AddSlice(server.Variant, endpoint, Slice(process, server, endpoint, Size(endpoint)));
                }

                Tell($"process {process + 1} of {options.Processes}, {endpoint.Name} done");
            }

            foreach (var server in servers)
                _measured.AddEnd(server.Variant, server.Ask(collect: true));
        }
        finally
        {
            foreach (var server in servers)
                server.Dispose();
        }
    }

    /// <summary>Until two slices in a row compile nothing more: tiered compilation and the first, sampled responses are over then.</summary>
    private void WarmUp(int process, ServerProcess server, BenchEndpoint endpoint)
    {
        var quiet = 0;
        for (var i = 0; i < (options.Quick ? 2 : MaxWarmUps) && quiet < 2; i++)
            quiet = Slice(process, server, endpoint, Size(endpoint) / 2).Compiled == 0 ? quiet + 1 : 0;
    }

    private Slice Slice(int process, ServerProcess server, BenchEndpoint endpoint, int requests)
    {
        using var load = new LoadGenerator(server.Port, options.Connections);
        // What a connection costs is paid before the count starts.
        load.Send(endpoint, options.Connections * 10);
        Thread.Sleep(_settle);
        var before = server.Ask();
        load.Send(endpoint, requests);
        Thread.Sleep(_settle);
        return new Slice(process, requests, before, server.Ask());
    }

    private int Size(BenchEndpoint endpoint) => options.Quick ? endpoint.Requests / 20 : endpoint.Requests;

    private void Tell(string progress)
    {
        if (!options.Quick)
            Console.Error.WriteLine(progress);
    }

    private static IEnumerable<T> Rotated<T>(int by, IReadOnlyList<T> list) => list.Select((_, i) => list[(i + by) % list.Count]);
}
