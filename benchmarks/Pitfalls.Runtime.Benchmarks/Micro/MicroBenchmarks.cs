using System.Text.Json;

using Microsoft.AspNetCore.Routing.Patterns;

using Pitfalls.Runtime.Benchmarks.Server;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Benchmarks.Micro;

/// <summary>
/// What the middleware alone costs, request by request, over a server that does nothing. Its figures find culprits; what an app
/// pays is measured with a real server.
/// </summary>
internal static class MicroBenchmarks
{
    private const int Batch = 32;
    private const int Batches = 3000;
    private const int WarmUps = 4;
    private const int Repeats = 7;

    public static void Run(TextWriter output)
    {
        var small = JsonSerializer.SerializeToUtf8Bytes(Product.Number(17), JsonSerializerOptions.Web);
        var large = JsonSerializer.SerializeToUtf8Bytes(Enumerable.Range(1, 80).Select(Product.Number), JsonSerializerOptions.Web);
        output.WriteLine("| Step | CPU ns, all threads | B on the request's thread | B on others |");
        output.WriteLine("| --- | ---: | ---: | ---: |");
        Measure(output, "nothing of ours, one object", null, small);
        Measure(output, "`Off`, one object", PitfallProfile.Off, small);
        Measure(output, "`Production`, not due, one object", PitfallProfile.Production, small);
        Measure(output, "`Development`, one object", PitfallProfile.Development, small);
        Measure(output, "nothing of ours, 10 KB list", null, large);
        Measure(output, "`Production`, not due, 10 KB list", PitfallProfile.Production, large);
        Measure(output, "`Development`, 10 KB list", PitfallProfile.Development, large);
    }

    private static void Measure(TextWriter output, string step, PitfallProfile? profile, byte[] body)
    {
        using var services = Services(profile);
        // Only where everything is looked at: waiting for a judge with nothing to do would be measured as its work.
        var judge = profile == PitfallProfile.Development ? services.GetRequiredService<ResponseJudge>() : null;
        var request = Pipeline(services, body);
        var server = new IdleServer(new RouteEndpoint(
            request, RoutePatternFactory.Parse("/micro"), 0, new EndpointMetadataCollection(((Delegate)Run).Method), "micro"));

        var samples = new List<Sample>();
        for (var repeat = 0; repeat < WarmUps + Repeats; repeat++)
        {
            samples.Add(Repeat(server, request, judge));
            // Tiered compilation waits for 100 ms without new methods.
            if (repeat < WarmUps)
                Thread.Sleep(250);
        }

        samples.RemoveRange(0, WarmUps);
        // The least time: others on the machine only ever add to it. Bytes are the same each time, but for where a pool's luck has a say.
        output.WriteLine($"| {step} | {samples.Min(s => s.Nanoseconds):N0} | {Median(s => s.Bytes):N0} | {Median(s => s.BytesElsewhere):N0} |");

        double Median(Func<Sample, double> figure) => Report.Measurements.Median(samples.Select(figure));
    }

    private static Sample Repeat(IdleServer server, RequestDelegate request, ResponseJudge? judge)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        var here = GC.GetAllocatedBytesForCurrentThread();
        var all = GC.GetTotalAllocatedBytes(precise: true);
        for (var batch = 0; batch < Batches; batch++)
        {
            for (var i = 0; i < Batch; i++)
                server.Handle(request);
            // In the batches the judge is woken for: without a server in between, this loop would run away from it.
            judge?.DrainAsync().Wait();
        }

        const double N = Batch * Batches;
        all = GC.GetTotalAllocatedBytes(precise: true) - all;
        here = GC.GetAllocatedBytesForCurrentThread() - here;
        return new Sample((Environment.CpuUsage.TotalTime - cpu).TotalNanoseconds / N, here / N, (all - here) / N);
    }

    private static ServiceProvider Services(PitfallProfile? profile)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        if (profile is { } given)
            services.AddPitfallDetection(options => options.Profile = given);
        return services.BuildServiceProvider();
    }

    private static RequestDelegate Pipeline(ServiceProvider services, byte[] body)
    {
        Action<IApplicationBuilder> configure = app => app.Run(context =>
        {
            context.Response.ContentType = "application/json; charset=utf-8";
            var written = context.Response.BodyWriter.WriteAsync(body);
            return written.IsCompletedSuccessfully ? Task.CompletedTask : throw new InvalidOperationException("nothing here has to wait");
        });
        foreach (var filter in services.GetServices<IStartupFilter>())
            configure = filter.Configure(configure);
        var app = new ApplicationBuilder(services);
        configure(app);
        return app.Build();
    }

    private readonly record struct Sample(double Nanoseconds, double Bytes, double BytesElsewhere);
}
