using System.Runtime.CompilerServices;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

using Pitfalls.Runtime.IntegrationTests.Harmlessness;
using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Signals.Exceptions;

namespace Pitfalls.Runtime.IntegrationTests.Errors;

/// <summary>Following exceptions changes nothing about them, about the app's logging, or about what lives how long.</summary>
[Collection(nameof(Alone))]
public class ExceptionHarmlessnessTests
{
    [Fact]
    public async Task Exceptions_are_the_same_objects_with_the_same_traces()
    {
        await using var bare = await StartAsync(withPitfalls: false);
        await using var watched = await StartAsync(withPitfalls: true);

        foreach (var path in (string[])["/sync", "/async", "/rethrown", "/same"])
            Assert.Equal(await bare.Client.GetStringAsync(path), await watched.Client.GetStringAsync(path));

        static Task<TestApp> StartAsync(bool withPitfalls) => TestApp.StartAsync(
            a =>
            {
                a.MapGet("/sync", () => TraceOf(() => throw new InvalidOperationException("as it was")));
                a.MapGet("/async", async () => await TraceOfAsync());
                a.MapGet("/rethrown", () => TraceOf(Rethrow));
                a.MapGet("/same", () =>
                {
                    var mine = new InvalidOperationException();
                    try
                    {
                        throw mine;
                    }
                    catch (Exception caught)
                    {
                        return $"{ReferenceEquals(mine, caught)} {caught.Data.Count}";
                    }
                });
            },
            withPitfalls: withPitfalls);
    }

    [Fact]
    public async Task Whether_a_level_is_enabled_stays_the_apps_own_affair()
    {
        // No provider; one that wants warnings only; one that is off for a category.
        (string, string)[][] setups =
        [
            [],
            [("Logging:Console:LogLevel:Default", "Warning")],
            [("Logging:LogLevel:Default", "Trace"), ("Logging:Console:LogLevel:Quiet", "None")],
            [("Logging:LogLevel:Default", "None")],
        ];
        foreach (var (setup, withConsole) in setups.SelectMany(s => (IEnumerable<((string, string)[], bool)>)[(s, true), (s, false)]))
        {
            await using var bare = await StartAsync(false);
            await using var watched = await StartAsync(true);
            foreach (var category in (string[])["App", "Quiet", "Microsoft.AspNetCore.Hosting"])
            {
                foreach (var level in Enum.GetValues<LogLevel>())
                {
                    Assert.True(
                        IsEnabled(bare) == IsEnabled(watched), $"{category} {level} {string.Join(' ', setup)} {(withConsole ? "with" : "without")} console");

                    bool IsEnabled(TestApp app) => app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(category).IsEnabled(level);
                }
            }

            Task<TestApp> StartAsync(bool withPitfalls) => TestApp.StartAsync(
                settings: setup.Select(s => new KeyValuePair<string, string?>(s.Item1, s.Item2)),
                withPitfalls: withPitfalls,
                builder: b =>
                {
                    b.Logging.AddConfiguration(b.Configuration.GetSection("Logging"));
                    if (withConsole)
                        b.Logging.AddConsole(o => o.LogToStandardErrorThreshold = LogLevel.None);
                });
        }
    }

    [Fact]
    public void Scopes_come_from_the_factory_where_another_provider_takes_them_from_there()
    {
        var console = new ServiceCollection().AddLogging(b => b.AddConsole());
        var none = new ServiceCollection().AddLogging();

        Assert.IsAssignableFrom<ISupportExternalScope>(LoggedExceptions.For(console));
        Assert.IsNotAssignableFrom<ISupportExternalScope>(LoggedExceptions.For(none));
        Assert.IsAssignableFrom<ISupportExternalScope>(new ConsoleLoggerProvider(new StaticOptions()));
    }

    [Fact]
    public async Task Nothing_keeps_an_exception_once_it_is_settled()
    {
        const int Requests = 40;
        var thrown = new List<WeakReference>();
        await using var app = await TestApp.StartAsync(a => a.MapGet("/", () =>
        {
            // A thread of its own, which ends: the runtime keeps the last exception of each thread.
            var thread = new Thread(() => thrown.Add(ThrowAndSwallow()));
            thread.Start();
            thread.Join();
            return "done";
        }));

        for (var i = 0; i < Requests; i++)
            await app.Client.GetAsync("/");

        Assert.Equal(Requests, Assert.Single(await app.FindingsAsync(), f => f.RuleId == "PIT6001").Count);
        Collect();
        // A thread of ours may hold on to the last one it has looked at.
        Assert.InRange(thrown.Count(t => t.IsAlive), 0, 2);
    }

    [Fact]
    public async Task A_storm_of_exceptions_keeps_within_its_bounds()
    {
        await using var app = await TestApp.StartAsync(a => a.MapGet("/", () =>
        {
            Parallel.For(0, 4, _ =>
            {
                for (var i = 0; i < 5000; i++)
                    Swallow(i);
            });
            return "done";
        }));

        Assert.Equal("done", await app.Client.GetStringAsync("/"));

        var found = Assert.Single(await app.FindingsAsync(), f => f.RuleId == "PIT6001");
        Assert.InRange(found.Count, 1, ThrownExceptions.PerRequest);
    }

    private static void Swallow(int i)
    {
        try
        {
            throw new InvalidOperationException(i.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
        catch
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference ThrowAndSwallow()
    {
        var exception = new InvalidOperationException();
        try
        {
            throw exception;
        }
        catch
        {
        }

        return new WeakReference(exception);
    }

    private static void Collect()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private static string TraceOf(Action fails)
    {
        try
        {
            fails();
            return "";
        }
        catch (Exception exception)
        {
            return exception.ToString();
        }
    }

    private static void Rethrow()
    {
        try
        {
            throw new InvalidOperationException("as it was");
        }
        catch
        {
            throw;
        }
    }

    private static async Task<string> TraceOfAsync()
    {
        try
        {
            await FailAsync();
            return "";
        }
        catch (Exception exception)
        {
            return exception.ToString();
        }
    }

    private static async Task FailAsync()
    {
        await Task.Yield();
        throw new InvalidOperationException("as it was");
    }

    private sealed class StaticOptions : Microsoft.Extensions.Options.IOptionsMonitor<ConsoleLoggerOptions>
    {
        public ConsoleLoggerOptions CurrentValue { get; } = new();

        public ConsoleLoggerOptions Get(string? name) => CurrentValue;

        public IDisposable? OnChange(Action<ConsoleLoggerOptions, string?> listener) => null;
    }
}
