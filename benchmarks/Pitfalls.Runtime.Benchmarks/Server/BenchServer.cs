using System.Globalization;
using System.Runtime;

using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Benchmarks.Server;

/// <summary>The app under test, in a process of its own. It is asked for its figures over stdin and stdout, so that no such request is measured.</summary>
internal static class BenchServer
{
    /// <summary>Starts a line that is for the coordinator: the app's console logger writes to stdout too.</summary>
    public const string Mark = "@bench ";

    public static async Task<int> RunAsync(Variant variant)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = Environments.Production });
        // What the project templates have in their appsettings.json.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<BlockingClock>();
        variant.AddTo(builder);
        await using var app = builder.Build();
        foreach (var endpoint in BenchEndpoint.All.Concat(BlockingEndpoints.All))
            endpoint.Map(app);
        await app.StartAsync();

        Answer(new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port.ToString(CultureInfo.InvariantCulture));
        // A closed pipe means that the coordinator is gone: nobody else would end this process.
        while (await Console.In.ReadLineAsync() is { } command && command != "stop")
        {
            Answer(AnswerTo(command, app.Services));
        }

        await app.StopAsync();
        return 0;
    }

    private static string AnswerTo(string command, IServiceProvider services)
    {
        switch (command)
        {
            case "blocking":
                return services.GetRequiredService<BlockingClock>().Figures(services.GetService<Channels>()).ToString();
            case "burst":
                return BurstFigures.OfOne().ToString();
            case "soak":
                Collect();
                return SoakSample.OfThisProcess(services).ToString();
            case "collect":
                Collect();
                break;
        }

        return Snapshot.OfThisProcess(services.GetService<ResponseSignal>(), services.GetService<Drops>()).ToString();
    }

    /// <summary>What is left after a full, compacting collection is what the app needs; before it, it is what the collector was too lazy to return.</summary>
    private static void Collect()
    {
        for (var i = 0; i < 3; i++)
        {
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
    }

    private static void Answer(string line) => Console.Out.WriteLine(Mark + line);
}
