using System.Diagnostics;

using Pitfalls.Runtime.Signals.Dependencies;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Benchmarks.Micro;

/// <summary>What a call to a database costs more because it is watched: a command that does nothing, told as Entity Framework would tell it.</summary>
internal static class CallBenchmark
{
    private const int Batch = 32;
    private const int Batches = 3000;
    private const int WarmUps = 4;
    private const int Repeats = 7;
    private const string Command = """SELECT "c"."Id", "c"."Name", "c"."Email" FROM "Customers" AS "c" WHERE "c"."Id" = @id LIMIT 1""";

    public static void Run(TextWriter output)
    {
        using var services = Services();
        var signal = services.GetRequiredService<DependencySignal>();
        signal.Start();
        var watch = DependencyWatch.Current!;

        output.WriteLine();
        output.WriteLine("| A call to a dependency, `Production` | ns on its thread | B on its thread |");
        output.WriteLine("| --- | ---: | ---: |");
        Measure(output, "in a request without a scope", signal, () =>
        {
            if (watch.Wants && RequestScope.Current is not null)
                Call(watch);
        });
        RequestScope.Enter(new RequestScope(services.GetRequiredService<RequestScopes>().Host, services.GetRequiredService<EndpointBook>(), new DefaultHttpContext()));
        Measure(output, "in a request of the sample", signal, () => Call(watch));
        Measure(output, "reducing the command to its shape, of that", signal, () => CommandText.ShapeOf(Command));
    }

    private static void Call(DependencyWatch watch)
    {
        var id = Guid.NewGuid();
        watch.Begin(new CallStart
        {
            Kind = DependencyKind.Database,
            System = "sqlite",
            Operation = CommandText.OperationOf(Command),
            Text = Command,
            IsSynchronous = false,
            CountAs = CountAs.Command,
            Id = id,
        });
        watch.End(id, failed: false);
    }

    private static void Measure(TextWriter output, string step, DependencySignal signal, Action call)
    {
        var (leastTime, leastBytes) = (double.MaxValue, double.MaxValue);
        for (var repeat = 0; repeat < WarmUps + Repeats; repeat++)
        {
            var (time, bytes) = Repeat(signal, call);
            if (repeat >= WarmUps)
                (leastTime, leastBytes) = (Math.Min(leastTime, time), Math.Min(leastBytes, bytes));
            else
                Thread.Sleep(250);
        }

        output.WriteLine($"| {step} | {leastTime:N0} | {leastBytes:N0} |");
    }

    private static (double Nanoseconds, double Bytes) Repeat(DependencySignal signal, Action call)
    {
        var (ticks, bytes) = (0L, 0L);
        for (var batch = 0; batch < Batches; batch++)
        {
            var here = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Batch; i++)
                call();
            ticks += Stopwatch.GetTimestamp() - start;
            bytes += GC.GetAllocatedBytesForCurrentThread() - here;
            signal.DrainAsync().Wait();
        }

        const double N = Batch * Batches;
        return (Stopwatch.GetElapsedTime(0, ticks).TotalNanoseconds / N, bytes / N);
    }

    private static ServiceProvider Services()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddPitfallDetection(options => options.Profile = PitfallProfile.Production);
        return services.BuildServiceProvider();
    }
}
