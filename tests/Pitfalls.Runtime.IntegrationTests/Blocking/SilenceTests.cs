using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

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
    public async Task StaysSilent_about_work_in_a_method_that_sleeps_elsewhere()
    {
        await using var app = await WatchAsync(a => a.MapGet("/busy", (bool? fails) => ComputeOrSleep(fails == true)));

        await AssertSilentAsync(app, "/busy");
    }

    [Fact]
    public async Task StaysSilent_about_what_is_compiled_and_initialised_for_the_first_time()
    {
        await using var app = await WatchAsync(a => a.MapGet("/first", async () =>
        {
            // Many at once, as the first requests of an app: all but one wait for the type's constructor and for the compiler.
            await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, object> { ["a"] = new { B = i, C = new[] { 1.5m } } }))));
            var expression = System.Linq.Expressions.Expression.Lambda<Func<int>>(System.Linq.Expressions.Expression.Constant(1)).Compile();
            return new System.Text.RegularExpressions.Regex("(a|b)*c{3,5}", System.Text.RegularExpressions.RegexOptions.Compiled).IsMatch("abccc") ? expression() : 0;
        }));

        await AssertSilentAsync(app, "/first");
    }

    [Fact]
    public async Task StaysSilent_about_Entity_Framework_awaited_on_a_database_that_is_busy()
    {
        var file = Path.Combine(AppContext.BaseDirectory, $"silence-{Guid.NewGuid():N}.db");
        try
        {
            await using var app = await WatchAsync(
                a => a.MapGet("/rows", async (Rows db) =>
                {
                    db.Add(new Row());
                    await db.SaveChangesAsync();
                    return await db.Set<Row>().CountAsync();
                }),
                services: s => s.AddDbContext<Rows>(o => o.UseSqlite("Data Source=" + file)));
            using (var scope = app.Services.CreateScope())
                await scope.ServiceProvider.GetRequiredService<Rows>().Database.EnsureCreatedAsync();
            // The provider blocks inside its async methods while somebody else writes: its author's doing.
            await using var other = new SqliteConnection("Data Source=" + file);
            await other.OpenAsync();
            var writing = await other.BeginTransactionAsync();

            await AssertSilentAsync(app, "/rows", isOver: () => writing.Rollback());
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            File.Delete(file);
        }
    }

    [Fact]
    public async Task StaysSilent_about_its_own_threads_and_the_start_of_the_host()
    {
        await using var app = await WatchAsync(a => a.MapGet("/", () => ""));

        await AssertSilentAsync(app, "/");
    }

    private static async Task<TestApp> WatchAsync(
        Action<WebApplication> map, Dictionary<string, string?>? settings = null, int proof = 300, Action<WebApplicationBuilder>? builder = null, Action<IServiceCollection>? services = null)
    {
        // A wait that is flagged proves in each of these apps that silence was not deafness.
        var app = await TestApp.StartAsync(
            a =>
            {
                map(a);
                a.MapGet("/blocks", () => new ManualResetEventSlim().Wait(proof));
            },
            services,
            settings: settings,
            builder: builder);
        await app.WatchesAsync();
        return app;
    }

    private static async Task AssertSilentAsync(TestApp app, string path, Action? isOver = null)
    {
        var answer = app.Client.GetStringAsync(path);
        if (isOver is not null)
        {
            // Long enough for every way of ours to look at it; that it is told of nothing is asserted, not how long it took.
            await Task.WhenAny(answer, Task.Delay(1500));
            isOver();
        }

        await answer;
        await app.CatchUpAsync();
        await app.AssertSilentAsync("PIT1001", "PIT1002");

        await app.Client.GetStringAsync("/blocks");
        await app.CatchUpAsync();
        Assert.True(app.WaitsSeen() > 0, "no wait was seen");
    }

    private static long ComputeOrSleep(bool fails)
    {
        var turns = 0L;
        for (var start = Environment.TickCount64; Environment.TickCount64 - start < 1200;)
            turns++;
        if (fails)
            Thread.Sleep(1000);
        return turns;
    }

    private sealed class Rows(DbContextOptions<Rows> options) : DbContext(options)
    {
        protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Row>();
    }

    private sealed class Row
    {
        public int Id { get; set; }
    }
}
