using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Pitfalls.Runtime.ReleaseApp;

/// <summary>The app as a process of its own, for what has to be decided before a process starts. Ends with its standard input.</summary>
internal static class Entry
{
    private static async Task Main(string[] args)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, EnvironmentName = Environments.Development });
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddPitfallDetection();
        Place.AddTo(builder.Services);
        await using var app = builder.Build();
        Place.MapTo(app);
        app.MapGet("/awaited", async () => await Task.Delay(50));
        await app.StartAsync();
        Console.WriteLine("@ready " + app.Urls.First());

        // A thread of its own: standard input is read synchronously.
        var end = new TaskCompletionSource();
        new Thread(() =>
        {
            while (Console.In.ReadLine() is not null)
            {
            }

            end.SetResult();
        }) { IsBackground = true }.Start();
        await end.Task;
    }
}
