using System.Diagnostics;

using Pitfalls.Runtime.Benchmarks.Load;
using Pitfalls.Runtime.Benchmarks.Report;
using Pitfalls.Runtime.Benchmarks.Server;

namespace Pitfalls.Runtime.Benchmarks;

/// <summary>Minutes of mixed load that blocks all the time: memory must stay flat, no thread may be lost, and what was dropped must have been counted.</summary>
internal static class Soak
{
    private const int Connections = 6;
    private const int Looks = 30;

    // The collector returns memory when it likes: what counts is that the end is no higher than the middle by more than its mood.
    private const double Slack = 0.10;
    private const double SlackMegabytes = 8;

    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(30);

    public static int Run(TimeSpan length, TextWriter output)
    {
        using var server = ServerProcess.Start(Variant.Called("development"));
        using var load = new LoadGenerator(server.Port, Connections);
        IReadOnlyList<BenchEndpoint> mixed = [.. BenchEndpoint.All, .. BlockingEndpoints.Mixed];
        Round(load, mixed);
        var idle = server.Soak();
        output.WriteLine($"{length.TotalMinutes:0.#} minutes of {mixed.Count} endpoints over {Connections} connections, in the Development profile");
        output.WriteLine("  seconds  working set MB  heap MB  threads  ours      waits  dropped  findings");

        var samples = new List<SoakSample>();
        var clock = Stopwatch.StartNew();
        for (var look = 1; look <= Looks; look++)
        {
            while (clock.Elapsed < length * look / Looks)
                Round(load, mixed);
            var sample = server.Soak();
            samples.Add(sample);
            output.WriteLine(
                $"  {clock.Elapsed.TotalSeconds,7:0}  {sample.WorkingSet / 1e6,14:0.0}  {sample.Heap / 1e6,7:0.0}  {sample.Threads,7}  {sample.OurThreads,4}  {sample.Waits,9:N0}  {sample.Dropped,7:N0}  {sample.Findings,8}");
        }

        return Judge(server, idle, samples, output) ? 0 : 1;
    }

    private static void Round(LoadGenerator load, IReadOnlyList<BenchEndpoint> mixed)
    {
        foreach (var endpoint in mixed)
            load.Send(endpoint, endpoint.Requests > 1 ? 200 : Connections * 2);
    }

    private static bool Judge(ServerProcess server, SoakSample idle, List<SoakSample> samples, TextWriter output)
    {
        // The pool lets go of its threads in its own time.
        var clock = Stopwatch.GetTimestamp();
        SoakSample end;
        while ((end = server.Soak()).Threads > idle.Threads && Stopwatch.GetElapsedTime(clock) < s_idle)
            Thread.Sleep(500);

        var third = Looks / 3;
        List<string> failures = [];
        Flat("working set", s => s.WorkingSet / 1e6);
        Flat("heap", s => s.Heap / 1e6);
        if (samples[^1].Waits <= samples[third].Waits)
            failures.Add("no waits were seen any more");
        if (end.OurThreads > idle.OurThreads)
            failures.Add($"{end.OurThreads - idle.OurThreads} threads of the library were left over");
        if (end.Threads > idle.Threads + Connections)
            failures.Add($"{end.Threads} threads at the end, {idle.Threads} at the start");
        output.WriteLine($"after the load: {end.Threads} threads, {end.OurThreads} of them the library's; {end.Waits:N0} waits seen, {end.Dropped:N0} dropped and counted, {end.Findings} findings");
        output.WriteLine(failures.Count == 0 ? "memory is flat and no thread is lost" : "NOT AS IT SHOULD BE: " + string.Join("; ", failures));
        return failures.Count == 0;

        void Flat(string what, Func<SoakSample, double> measure)
        {
            var (middle, last) = (Measurements.Median(samples.Skip(third).Take(third).Select(measure)), Measurements.Median(samples.Skip(2 * third).Select(measure)));
            output.WriteLine($"{what}: {middle:0.0} MB in the second third, {last:0.0} MB in the last");
            if (last > (middle * (1 + Slack)) + SlackMegabytes)
                failures.Add($"the {what} grew from {middle:0.0} to {last:0.0} MB");
        }
    }
}
