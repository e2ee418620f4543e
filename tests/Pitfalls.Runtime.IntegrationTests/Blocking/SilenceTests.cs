using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Blocking;

/// <summary>What looks like blocking and is none of the user's doing, or no blocking at all.</summary>
public class SilenceTests
{
    [Fact]
    public async Task StaysSilent_about_ten_thousand_awaits()
    {
        await using var app = await WatchAsync(a => a.MapGet("/awaits", async () =>
        {
            for (var i = 0; i < 10_000; i++)
                await Task.Yield();
            await Task.Delay(200).ConfigureAwait(false);
        }));

        await AssertSilentAsync(app, "/awaits");
    }

    [Fact]
    public async Task StaysSilent_about_the_result_of_a_completed_task()
    {
        await using var app = await WatchAsync(a => a.MapGet("/completed", async () =>
        {
            var task = Task.Delay(100);
            await task;
            task.Wait();
            return Task.FromResult(1).Result + new ValueTask<int>(2).Result;
        }));

        await AssertSilentAsync(app, "/completed");
    }

    [Fact]
    public async Task StaysSilent_about_a_thread_the_app_made_itself()
    {
        await using var app = await WatchAsync(a => a.MapGet("/dedicated", () =>
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            new Thread(() =>
            {
                Task.Delay(200).Wait();
                Thread.Sleep(400);
                done.SetResult();
            }).Start();
            return done.Task;
        }));

        await AssertSilentAsync(app, "/dedicated");
    }

    [Fact]
    public async Task StaysSilent_about_a_long_running_task()
    {
        await using var app = await WatchAsync(a => a.MapGet("/long-running", () =>
            Task.Factory.StartNew(() => Task.Delay(200).Wait(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        await AssertSilentAsync(app, "/long-running");
    }

    [Fact]
    public async Task StaysSilent_about_uncontended_locks()
    {
        await using var app = await WatchAsync(a => a.MapGet("/locks", () =>
        {
            var (gate, newer, semaphore) = (new object(), new Lock(), new SemaphoreSlim(1));
            for (var i = 0; i < 10_000; i++)
            {
                lock (gate)
                {
                    lock (newer)
                    {
                        semaphore.Wait();
                        semaphore.Release();
                    }
                }
            }
        }));

        await AssertSilentAsync(app, "/locks");
    }

    [Fact]
    public async Task StaysSilent_below_the_threshold()
    {
        await using var app = await WatchAsync(
            a => a.MapGet("/short", () => Task.Delay(150).Wait()), new() { ["Pitfalls:Rules:PIT1001:MinimumWait"] = "3 s" }, proof: 3500);

        await AssertSilentAsync(app, "/short");
    }

    [Fact]
    public async Task StaysSilent_about_what_awaited_libraries_do_inside()
    {
        await using var app = await WatchAsync(a =>
        {
            a.MapGet("/answer", async () => await Task.Delay(200));
            a.MapGet("/call", async (HttpRequest request) =>
            {
                using var client = new HttpClient();
                return await client.GetStringAsync(new Uri($"{request.Scheme}://{request.Host}/answer"));
            });
        });

        await AssertSilentAsync(app, "/call");
    }

    [Fact]
    public async Task StaysSilent_about_work_on_the_processor()
    {
        await using var app = await WatchAsync(a => a.MapGet("/busy", () =>
        {
            var turns = 0L;
            for (var start = Environment.TickCount64; Environment.TickCount64 - start < 600;)
                turns++;
            return turns;
        }));

        await AssertSilentAsync(app, "/busy");
    }

    [Fact]
    public async Task StaysSilent_about_its_own_threads_and_the_start_of_the_host()
    {
        await using var app = await WatchAsync(a => a.MapGet("/", () => ""));

        await AssertSilentAsync(app, "/");
    }

    private static async Task<TestApp> WatchAsync(Action<WebApplication> map, Dictionary<string, string?>? settings = null, int proof = 300)
    {
        // A wait that is flagged proves in each of these apps that silence was not deafness.
        var app = await TestApp.StartAsync(
            a =>
            {
                map(a);
                a.MapGet("/blocks", () => new ManualResetEventSlim().Wait(proof));
            },
            settings: settings);
        await app.WatchesAsync();
        return app;
    }

    private static async Task AssertSilentAsync(TestApp app, string path)
    {
        await app.Client.GetStringAsync(path);
        await app.CatchUpAsync();
        await app.AssertSilentAsync("PIT1001", "PIT1002");

        await app.Client.GetStringAsync("/blocks");
        await app.CatchUpAsync();
        Assert.True(app.WaitsSeen() > 0, "no wait was seen");
    }
}
