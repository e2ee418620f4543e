using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.IntegrationTests.Blocking;

/// <summary>One session for all hosts, and to each host its own.</summary>
[Collection(AloneInTheProcess.Name)]
public class ManyHostsBlockingTests
{
    [Fact]
    public async Task Two_hosts_hear_of_their_own_requests_only()
    {
        await using var one = await TestApp.StartAsync(Map("one"));
        await using var two = await TestApp.StartAsync(Map("two"));
        await one.WatchesAsync();
        await two.WatchesAsync();

        // At the same time and in the same method: only the request tells them apart.
        await Task.WhenAll(Enumerable.Range(0, 5).SelectMany(_ => new[] { one.Client.GetStringAsync("/one"), two.Client.GetStringAsync("/two") }));
        var ofOne = await one.BlockUntilFoundAsync("/one", nameof(Block));
        var ofTwo = await two.BlockUntilFoundAsync("/two", nameof(Block));

        Assert.Equal("GET /one", Assert.Single(ofOne.Routes));
        Assert.Equal("GET /two", Assert.Single(ofTwo.Routes));
    }

    [Fact]
    public async Task StaysSilent_outside_of_requests_where_the_code_could_be_of_two_hosts_and_counts_it()
    {
        await using var one = await TestApp.StartAsync(Map("one"));
        await using var two = await TestApp.StartAsync(Map("two"));
        await one.WatchesAsync();
        await two.WatchesAsync();

        Task background;
        using (ExecutionContext.SuppressFlow())
            background = Task.Run(Block);
        await background;

        await one.Client.GetStringAsync("/");
        await two.Client.GetStringAsync("/");
        await one.CatchUpAsync();
        await two.CatchUpAsync();
        await one.AssertSilentAsync("PIT1001");
        await two.AssertSilentAsync("PIT1001");
        Assert.Contains(one.Services.GetRequiredService<Drops>().All, d => d.Reason == "ambiguous_host");
    }

    [Fact]
    public async Task The_host_that_is_left_hears_on()
    {
        await using var left = await TestApp.StartAsync(Map("left"));
        await using (var gone = await TestApp.StartAsync(Map("gone")))
            await gone.WatchesAsync();
        await left.WatchesAsync();

        await left.BlockUntilFoundAsync("/left", nameof(Block));
    }

    [Fact]
    public async Task After_the_last_host_no_thread_and_no_session_is_left_and_the_next_host_hears_again()
    {
        // One of the runtime's is always there: it waits at the diagnostics port.
        var before = Threads().Length;
        for (var i = 0; i < 2; i++)
        {
            await using (var app = await TestApp.StartAsync(Map("app")))
            {
                await app.WatchesAsync();
                await app.BlockUntilFoundAsync("/app", nameof(Block));
                if (OperatingSystem.IsLinux())
                    Assert.True(Threads().Length > before + 2, string.Join(", ", Threads()));
            }

            // The runtime closes a session's stream a moment after it was asked to.
            for (var wait = 0; wait < 300 && (Threads().Length > before || RequestScope.IsThreadChangeHeard); wait++)
                await Task.Delay(100);
            Assert.True(Threads().Length <= before, string.Join(", ", Threads()));
            Assert.False(RequestScope.IsThreadChangeHeard, "threads still note what they work for");
        }
    }

    /// <summary>Ours, and the runtime's own that write a session's stream.</summary>
    private static string[] Threads() => OperatingSystem.IsLinux()
        ? [.. Directory.GetDirectories("/proc/self/task").Select(NameOf).Where(name => name.StartsWith("Pitfalls ", StringComparison.Ordinal) || name.StartsWith(".NET EventPipe", StringComparison.Ordinal))]
        : [];

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm")).Trim();
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static Action<WebApplication> Map(string path) => app =>
    {
        app.MapGet("/", () => "");
        app.MapGet("/" + path, () => Block());
    };

    private static void Block() => Task.Delay(60).Wait();
}
