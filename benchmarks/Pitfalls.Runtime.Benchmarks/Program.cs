using Pitfalls.Runtime.Benchmarks;
using Pitfalls.Runtime.Benchmarks.Micro;
using Pitfalls.Runtime.Benchmarks.Server;

// One program, three parts: the coordinator drives the load and starts itself again with --serve, once for each server under test.
if (args is ["--serve", var name])
    return await BenchServer.RunAsync(Variant.Called(name));

if (BenchOptions.Parse(args, Console.Error) is not { } options)
    return 2;
if (options.Help)
{
    BenchOptions.WriteUsage(Console.Out);
    return 0;
}

if (options.Soak)
    return Soak.Run(TimeSpan.FromMinutes(options.Minutes), Console.Out);
if (options.Micro)
{
    MicroBenchmarks.Run(Console.Out);
    CallBenchmark.Run(Console.Out);
    ExceptionBenchmark.Run(Console.Out);
}
else if (options.State)
{
    StateBenchmarks.Run(Console.Out);
}
else
{
    new Coordinator(options, Console.Out).Run();
}

return 0;
