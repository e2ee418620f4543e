using System.Net.Http.Json;
using System.Text.Json;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

using OpenTelemetry.Trace;

using Pitfalls.Runtime.IntegrationTests.Support;

using Polly;
using Polly.Retry;

using Serilog;

namespace Pitfalls.Runtime.IntegrationTests.Errors;

/// <summary>Good code and the frameworks' own: exceptions thrown, caught and told there are nobody's pitfall.</summary>
public class SilenceTests
{
    private static readonly string[] s_rules = ["PIT6001"];

    [Fact]
    public async Task Retries_of_a_library_are_silent()
    {
        var attempts = 0;
        var pipeline = new ResiliencePipelineBuilder().AddRetry(new RetryStrategyOptions { Delay = TimeSpan.Zero, MaxRetryAttempts = 3 }).Build();
        await using var app = await TestApp.StartAsync(a => a.MapGet("/", async () => await pipeline.ExecuteAsync(async _ =>
        {
            await Task.Yield();
            return ++attempts % 3 == 0 ? "done" : throw new HttpRequestException("not yet");
        })));

        Assert.Equal("done", await app.Client.GetStringAsync("/"));

        await app.AssertSilentAsync(s_rules);
    }

    [Fact]
    public async Task Global_exception_handlers_are_silent()
    {
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.UseExceptionHandler();
                a.MapGet("/fails", string () => throw new InvalidOperationException());
                a.MapGet("/known", string () => throw new KeyNotFoundException());
                a.MapPost("/body", (Dictionary<string, int> body) => body.Count);
            },
            s => s.AddProblemDetails().AddExceptionHandler<KnownExceptions>());

        await app.Client.GetAsync("/fails");
        await app.Client.GetAsync("/known");
        await app.Client.PostAsync("/body", new StringContent("{ not json", null, "application/json"));
        await app.Client.PostAsJsonAsync("/body", new { a = "text" });

        await app.AssertSilentAsync(s_rules);
    }

    [Fact]
    public async Task A_handler_that_shows_a_page_with_200_and_looks_at_the_exception_is_silent()
    {
        await using var app = await TestApp.StartAsync(a =>
        {
            a.Use(async (context, next) =>
            {
                try
                {
                    await next(context);
                }
                catch (Exception exception)
                {
                    await context.Response.WriteAsJsonAsync(new { failed = exception.GetType().Name });
                }
            });
            a.MapGet("/", string () => throw new InvalidOperationException());
        });

        Assert.Contains("failed", await app.Client.GetStringAsync("/"), StringComparison.Ordinal);

        await app.AssertSilentAsync(s_rules);
    }

    [Fact]
    public async Task Tries_with_specific_clauses_are_silent()
    {
        await using var app = await TestApp.StartAsync(a => a.MapGet("/", () =>
            $"{Attempt.Parse("x")} {Attempt.Json("{")} {Attempt.Uri("::")} {Attempt.Base64("*")}"));

        await app.Client.GetStringAsync("/");

        await app.AssertSilentAsync(s_rules);
    }

    [Fact]
    public async Task A_client_that_leaves_is_silent()
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var app = await TestApp.StartAsync(a => a.MapGet("/", async (HttpContext context) =>
        {
            try
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }
            catch (Exception)
            {
                left.SetResult();
            }
        }));
        using var leaves = new CancellationTokenSource();

        var asked = app.Client.GetAsync("/", leaves.Token);
        await app.Client.GetAsync("/nothing");
        leaves.CancelAfter(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await left.Task.WaitAsync(TimeSpan.FromSeconds(20));

        await app.AssertSilentAsync(s_rules);
    }

    [Fact]
    public async Task Databases_and_http_clients_that_throw_and_catch_inside_are_silent()
    {
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.MapGet("/database", async (Db db) =>
                {
                    try
                    {
                        return await db.Things.CountAsync();
                    }
                    catch (SqliteException)
                    {
                        return -1;
                    }
                });
                a.MapGet("/http", async (IHttpClientFactory clients) =>
                {
                    try
                    {
                        return await clients.CreateClient().GetStringAsync("http://127.0.0.1:1/");
                    }
                    catch (HttpRequestException)
                    {
                        return "none";
                    }
                });
                a.MapGet("/json", () => JsonSerializer.Serialize(new { a = 1 }));
            },
            s => s.AddHttpClient().AddDbContext<Db>(o => o.UseSqlite("Data Source=:memory:")));

        await app.Client.GetStringAsync("/database");
        await app.Client.GetStringAsync("/http");
        await app.Client.GetStringAsync("/json");

        await app.AssertSilentAsync(s_rules);
    }

    [Fact]
    public async Task What_a_library_has_logged_with_the_exception_counts_as_logged()
    {
        using var log = new ExceptionRecorder();
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/", async (Db db) =>
            {
                try
                {
                    return await db.Things.CountAsync();
                }
                catch
                {
                    return -1;
                }
            }),
            // The database's own error record says what happened.
            s => s.AddDbContext<Db>(o => o.UseSqlite("Data Source=:memory:")),
            builder: b => b.Logging.SetMinimumLevel(LogLevel.Error).AddProvider(log));

        Assert.Equal("-1", await app.Client.GetStringAsync("/"));
        Assert.NotEmpty(log.Exceptions);

        await app.AssertSilentAsync(s_rules);
    }

    [Fact]
    public async Task Requests_that_are_not_sampled_are_neither_the_last_ones_rest_nor_a_hosted_services_work()
    {
        const int Requests = 220;
        using var log = new ExceptionRecorder();
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/", async (ILogger<SilenceTests> logger) =>
            {
                // Long enough that the last sampled request of the connection ended a while ago.
                await Task.Delay(15);
                try
                {
                    throw new InvalidOperationException();
                }
                catch
                {
                    logger.LogInformation("an error is answered");
                }

                try
                {
                    throw new InvalidOperationException();
                }
                catch
                {
                }

                return Results.StatusCode(500);
            }),
            environment: "Production",
            builder: b => b.Logging.AddProvider(log));

        for (var i = 0; i < Requests; i++)
            await app.Client.GetAsync("/");

        await app.AssertSilentAsync("PIT6001", "PIT1005");
    }

    [Fact]
    public async Task Serilog_behind_the_loggers_and_as_a_static_is_silent()
    {
        var sink = new CountingSink();
        await using var serilog = new LoggerConfiguration().WriteTo.Sink(sink).CreateLogger();
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.MapGet("/static", () => LoggedStatically(serilog));
                a.MapGet("/passed", () => PassedOn(serilog));
                a.MapGet("/logger", (ILogger<SilenceTests> log) => Logged(log));
            },
            s => s.AddSerilog(serilog));

        await app.Client.GetStringAsync("/static");
        await app.Client.GetStringAsync("/passed");
        await app.Client.GetStringAsync("/logger");

        Assert.Equal(3, sink.Exceptions);
        await app.AssertSilentAsync(s_rules);
    }

    [Fact]
    public async Task OpenTelemetry_in_the_app_is_silent()
    {
        var exported = new List<System.Diagnostics.Activity>();
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/", () => "fine"),
            s => s.AddOpenTelemetry().WithTracing(t => t.AddSource("*").AddInMemoryExporter(exported)));

        await app.Client.GetStringAsync("/");

        await app.AssertSilentAsync(s_rules);
    }

    private static int LoggedStatically(Serilog.ILogger log)
    {
        try
        {
            throw new InvalidOperationException();
        }
        catch (Exception exception)
        {
            log.Error(exception, "It failed.");
            return 0;
        }
    }

    private static int PassedOn(Serilog.ILogger log)
    {
        try
        {
            return Rethrown(log);
        }
        catch
        {
            return 0;
        }
    }

    private static int Rethrown(Serilog.ILogger log)
    {
        try
        {
            throw new InvalidOperationException();
        }
        catch (Exception exception)
        {
            log.Error(exception, "It failed.");
            throw;
        }
    }

    private static int Logged(Microsoft.Extensions.Logging.ILogger log)
    {
        try
        {
            throw new InvalidOperationException();
        }
        catch (Exception exception)
        {
            log.LogError(exception, "It failed.");
            return 0;
        }
    }

    private sealed class CountingSink : Serilog.Core.ILogEventSink
    {
        private int _exceptions;

        public int Exceptions => Volatile.Read(ref _exceptions);

        public void Emit(Serilog.Events.LogEvent logEvent)
        {
            if (logEvent.Exception is not null)
                Interlocked.Increment(ref _exceptions);
        }
    }

    private sealed class KnownExceptions : IExceptionHandler
    {
        public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
        {
            if (exception is not KeyNotFoundException)
                return false;
            httpContext.Response.StatusCode = StatusCodes.Status404NotFound;
            await httpContext.Response.WriteAsync("nothing", cancellationToken);
            return true;
        }
    }

    private sealed class Db(DbContextOptions<Db> options) : DbContext(options)
    {
        public DbSet<Thing> Things => Set<Thing>();
    }

    private sealed class Thing
    {
        public int Id { get; set; }
    }

    private static class Attempt
    {
        public static int? Parse(string text)
        {
            try
            {
                return int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
            }
            catch (Exception exception) when (exception is FormatException or OverflowException)
            {
                return null;
            }
        }

        public static bool Json(string text)
        {
            try
            {
                return JsonDocument.Parse(text) is not null;
            }
            catch (JsonException)
            {
                return false;
            }
        }

        public static bool Uri(string text)
        {
            try
            {
                return new Uri(text) is not null;
            }
            catch (UriFormatException)
            {
                return false;
            }
        }

        public static bool Base64(string text)
        {
            try
            {
                return Convert.FromBase64String(text).Length > 0;
            }
            catch (FormatException)
            {
                return false;
            }
        }
    }
}
