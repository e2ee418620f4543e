using System.Diagnostics;
using System.Runtime.CompilerServices;

using Pitfalls.Runtime.Signals.Exceptions;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Benchmarks.Micro;

/// <summary>What an exception costs more because somebody follows it, in an app that lives on exceptions: thrown ten calls deep and caught by a specific clause.</summary>
internal static class ExceptionBenchmark
{
    private const int Batch = 2000;
    private const int Repeats = 40;
    private const int Depth = 10;

    public static void Run(TextWriter output)
    {
        using var services = Services();
        var signal = services.GetRequiredService<ExceptionSignal>();
        var scope = new RequestScope(services.GetRequiredService<RequestScopes>().Host, services.GetRequiredService<EndpointBook>(), new DefaultHttpContext());

        output.WriteLine();
        output.WriteLine("| An exception | ns on its thread |");
        output.WriteLine("| --- | ---: |");
        Measure(output, "nobody listens");
        signal.Start();
        Measure(output, "followed, outside of requests");
        RequestScope.Enter(scope);
        Measure(output, "followed, in one request that throws thousands");
        signal.Dispose();
    }

    private static void Measure(TextWriter output, string step)
    {
        var least = double.MaxValue;
        for (var repeat = 0; repeat < Repeats; repeat++)
        {
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Batch; i++)
                ThrowAndCatch();
            least = Math.Min(least, Stopwatch.GetElapsedTime(start).TotalNanoseconds / Batch);
            // Tiered compilation waits for 100 ms without new methods.
            if (repeat < 3)
                Thread.Sleep(150);
        }

        output.WriteLine($"| {step} | {least:N0} |");
    }

    private static void ThrowAndCatch()
    {
        try
        {
            Deeper(Depth);
        }
        catch (FormatException)
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Deeper(int depth) => depth == 0 ? throw new FormatException() : Deeper(depth - 1) + 1;

    private static ServiceProvider Services()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddPitfallDetection(options => options.Profile = PitfallProfile.Development);
        return services.BuildServiceProvider();
    }
}
