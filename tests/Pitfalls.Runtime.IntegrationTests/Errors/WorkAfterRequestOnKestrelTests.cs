using System.Threading.Channels;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Errors;

/// <summary>PIT1005 through real hosts: what goes on after the response, and what may.</summary>
public class WorkAfterRequestOnKestrelTests
{
    private const string Id = "PIT1005";

    [Fact]
    public async Task Flags_calls_that_nobody_awaits_in_every_form()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await StartAsync(a =>
        {
            a.MapGet("/method", (ILogger<WorkAfterRequestOnKestrelTests> log) =>
            {
                _ = LogLaterAsync(go.Task, log);
                return "accepted";
            });
            a.MapGet("/run", (ILogger<WorkAfterRequestOnKestrelTests> log) =>
            {
                _ = Task.Run(async () =>
                {
                    await go.Task;
                    log.LogInformation("in a lambda");
                });
                return "accepted";
            });
            a.MapGet("/deep", (ILogger<WorkAfterRequestOnKestrelTests> log) =>
            {
                _ = LogLaterAsync(Deeper(go.Task), log);
                return "accepted";
            });
        });

        foreach (var path in (string[])["/method", "/run", "/deep"])
            await app.Client.GetStringAsync(path);
        await EndsAsync(app, go);

        await app.ExpectAsync(Id, "GET /method", where: f => f.Location!.Function.EndsWith("WorkAfterRequestOnKestrelTests.LogLaterAsync", StringComparison.Ordinal) && f.Location.Line is not null);
        await app.ExpectAsync(Id, "GET /run", where: f => f.Location!.Function.EndsWith("+lambda", StringComparison.Ordinal));
        await app.ExpectAsync(Id, "GET /deep");
    }

    [Fact]
    public async Task Flags_a_timer_made_in_a_request()
    {
        using var timers = new Timers();
        await using var app = await StartAsync(a => a.MapGet("/", (ILogger<WorkAfterRequestOnKestrelTests> log) =>
        {
            timers.Keep(new Timer(_ => Tick(log), null, 100, 100));
            return "started";
        }));

        await app.Client.GetStringAsync("/");

        await app.ExpectAsync(Id, "GET /", where: f => f.Location!.Function.EndsWith(".Tick", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Flags_the_use_of_what_has_gone_with_the_request()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await StartAsync(
            a =>
            {
                a.MapGet("/database", (Db db) =>
                {
                    _ = CountLaterAsync(go.Task, db);
                    return "accepted";
                });
                a.MapGet("/services", (HttpContext context) =>
                {
                    _ = ResolveLaterAsync(go.Task, context.RequestServices);
                    return "accepted";
                });
            },
            s => s.AddDbContext<Db>(o => o.UseSqlite("Data Source=:memory:")));

        await app.Client.GetStringAsync("/database");
        await app.Client.GetStringAsync("/services");
        await EndsAsync(app, go);

        var database = await app.ExpectAsync(Id, "GET /database");
        Assert.Equal("DbContext", database.Evidence["touched"]);
        Assert.EndsWith(".CountLaterAsync", database.Location!.Function, StringComparison.Ordinal);
        var services = await app.ExpectAsync(Id, "GET /services");
        Assert.Equal("IServiceProvider", services.Evidence["touched"]);
    }

    [Fact]
    public async Task Flags_a_late_call_of_a_database()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await StartAsync(
            a => a.MapGet("/", (IServiceScopeFactory scopes) =>
            {
                _ = QueryLaterAsync(go.Task, scopes);
                return "accepted";
            }),
            s => s.AddDbContext<Db>(o => o.UseSqlite("Data Source=:memory:")),
            withLog: false);

        await app.Client.GetStringAsync("/");
        await EndsAsync(app, go);

        var finding = await app.ExpectAsync(Id, "GET /");
        Assert.EndsWith(".QueryLaterAsync", finding.Location!.Function, StringComparison.Ordinal);
        Assert.Equal("Call", finding.Evidence["sign"]);
    }

    [Fact]
    public async Task StaysSilent_on_queues_completions_and_streams()
    {
        var completed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await StartAsync(
            a =>
            {
                a.MapGet("/queue", async (Channel<TaskCompletionSource> queue) =>
                {
                    var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    await queue.Writer.WriteAsync(done);
                    return "queued";
                });
                a.MapGet("/completion", (HttpContext context, ILogger<WorkAfterRequestOnKestrelTests> log) =>
                {
                    context.Response.OnCompleted(async () =>
                    {
                        await Task.Delay(120);
                        log.LogInformation("completed");
                        completed.SetResult();
                    });
                    return "soon";
                });
                a.MapGet("/stream", async (HttpContext context, ILogger<WorkAfterRequestOnKestrelTests> log) =>
                {
                    for (var i = 0; i < 4; i++)
                    {
                        await context.Response.WriteAsync("part");
                        await context.Response.Body.FlushAsync();
                        await Task.Delay(40);
                        log.LogInformation("written");
                    }
                });
            },
            s =>
            {
                s.AddSingleton(Channel.CreateUnbounded<TaskCompletionSource>());
                s.AddHostedService<QueueWorker>();
            });

        await app.Client.GetStringAsync("/queue");
        await app.Client.GetStringAsync("/completion");
        await completed.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await app.Client.GetStringAsync("/stream");
        await app.Services.GetServices<IHostedService>().OfType<QueueWorker>().Single().Done.WaitAsync(TimeSpan.FromSeconds(20));

        await app.AssertSilentAsync(Id);
    }

    [Fact]
    public async Task StaysSilent_on_hubs_that_poll()
    {
        await using var app = await StartAsync(a => a.MapHub<TalkingHub>("/hub"), s => s.AddSignalR());

        // A hub's methods run in the context of the poll that opened its connection, whose response may have ended long ago.
        using var negotiated = await app.Client.PostAsync("/hub/negotiate?negotiateVersion=1", null);
        var token = System.Text.Json.JsonDocument.Parse(await negotiated.Content.ReadAsStringAsync()).RootElement.GetProperty("connectionToken").GetString();
        await app.Client.GetAsync($"/hub?id={token}");
        var poll = app.Client.GetAsync($"/hub?id={token}");
        await app.Client.PostAsync($"/hub?id={token}", new StringContent("{\"protocol\":\"json\",\"version\":1}\u001e"));
        await poll;
        var heard = app.Client.GetAsync($"/hub?id={token}");
        await app.Client.PostAsync($"/hub?id={token}", new StringContent("{\"type\":1,\"target\":\"Talk\",\"arguments\":[]}\u001e"));
        await TalkingHub.Talked.WaitAsync(TimeSpan.FromSeconds(20));
        await app.Client.DeleteAsync($"/hub?id={token}");
        await heard;

        await app.AssertSilentAsync(Id);
    }

    [Fact]
    public async Task It_can_be_allowed_where_it_starts()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await StartAsync(a => a.MapGet("/", (ILogger<WorkAfterRequestOnKestrelTests> log) =>
        {
            using (Pitfall.Allow(Id, "telemetry"))
                _ = LogLaterAsync(go.Task, log).ContinueWith(_ => done.SetResult(), TaskScheduler.Default);
            return "accepted";
        }));

        await app.Client.GetStringAsync("/");
        await EndsAsync(app, go);
        await done.Task.WaitAsync(TimeSpan.FromSeconds(20));

        await app.AssertSilentAsync(Id);
    }

    private static Task<TestApp> StartAsync(Action<WebApplication> app, Action<IServiceCollection>? services = null, bool withLog = true) =>
        TestApp.StartAsync(app, services, builder: b =>
        {
            if (withLog)
                b.Logging.AddProvider(new ExceptionRecorder());
        });

    /// <summary>All responses have ended, and longer ago than is let pass.</summary>
    private static async Task EndsAsync(TestApp app, TaskCompletionSource go)
    {
        await app.DrainAsync();
        await Task.Delay(100);
        go.SetResult();
    }

    private static void Tick(Microsoft.Extensions.Logging.ILogger log) => log.LogInformation("tick");

    private static async Task LogLaterAsync(Task go, Microsoft.Extensions.Logging.ILogger log)
    {
        await go;
        log.LogInformation("later");
    }

    private static async Task Deeper(Task go)
    {
        await go.ConfigureAwait(false);
        await Task.Yield();
    }

    private static async Task CountLaterAsync(Task go, Db db)
    {
        await go;
        try
        {
            await db.Set<Thing>().CountAsync();
        }
        catch (ObjectDisposedException)
        {
        }
    }

    private static async Task ResolveLaterAsync(Task go, IServiceProvider services)
    {
        await go;
        try
        {
            services.GetService<ILoggerFactory>();
        }
        catch (ObjectDisposedException)
        {
        }
    }

    private static async Task QueryLaterAsync(Task go, IServiceScopeFactory scopes)
    {
        await go;
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<Db>().Database.ExecuteSqlRawAsync("SELECT 1");
    }

    private sealed class Timers : IDisposable
    {
        private readonly List<Timer> _timers = [];

        public void Keep(Timer timer) => _timers.Add(timer);

        public void Dispose() => _timers.ForEach(t => t.Dispose());
    }

    private sealed class Db(DbContextOptions<Db> options) : DbContext(options)
    {
        public DbSet<Thing> Things => Set<Thing>();
    }

    private sealed class Thing
    {
        public int Id { get; set; }
    }

    private sealed class QueueWorker(Channel<TaskCompletionSource> queue, ILogger<QueueWorker> log) : BackgroundService
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Done => _done.Task;

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await foreach (var item in queue.Reader.ReadAllAsync(stoppingToken))
            {
                await Task.Delay(150, stoppingToken);
                log.LogInformation("worked");
                item.SetResult();
                _done.TrySetResult();
            }
        }
    }

    private sealed class TalkingHub(ILogger<TalkingHub> log) : Hub
    {
        private static readonly TaskCompletionSource s_talked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public static Task Talked => s_talked.Task;

        public async Task Talk()
        {
            await Task.Delay(150);
            log.LogInformation("talked");
            s_talked.TrySetResult();
        }
    }
}
