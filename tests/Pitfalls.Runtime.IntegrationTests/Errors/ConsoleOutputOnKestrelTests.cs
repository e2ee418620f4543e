using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.IntegrationTests.Harmlessness;
using Pitfalls.Runtime.IntegrationTests.Support;

using Serilog;

namespace Pitfalls.Runtime.IntegrationTests.Errors;

/// <summary>PIT6002 through real hosts. The console is the process's, so these tests run alone.</summary>
[Collection(nameof(Alone))]
public class ConsoleOutputOnKestrelTests
{
    private const string Id = "PIT6002";

    [Fact]
    public async Task Flags_every_way_to_write_in_every_place()
    {
        using var console = new Redirected();
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.Use((context, next) =>
                {
                    if (context.Request.Path == "/middleware")
                        Console.WriteLine("in middleware");
                    return next(context);
                });
                a.MapGet("/middleware", () => "");
                a.MapGet("/line", () => WriteLine());
                a.MapGet("/write", () => Write());
                a.MapGet("/format", () => Format());
                a.MapGet("/out", () => Out());
                a.MapGet("/error", () => Error());
                a.MapGet("/async", () => WriteAsync());
                a.MapGet("/after-await", () => AfterAwait());
                a.MapControllers();
            },
            s => s.AddControllers().AddApplicationPart(typeof(ConsoleOutputOnKestrelTests).Assembly));

        (string Path, string Call)[] ways =
        [
            ("/middleware", "Console.WriteLine"), ("/line", "Console.WriteLine"), ("/write", "Console.Write"), ("/format", "Console.WriteLine"), ("/out", "Console.Out.WriteLine"),
            ("/error", "Console.Error.WriteLine"), ("/async", "Console.Out.WriteLineAsync"), ("/after-await", "Console.WriteLine"), ("/writing/action", "Console.WriteLine"),
        ];
        foreach (var (path, _) in ways)
            await app.Client.GetAsync(path);

        var found = (await app.FindingsAsync()).Where(f => f.RuleId == Id).ToList();
        Assert.Equal(ways.Select(w => ("GET " + w.Path, w.Call)).Order(), found.Select(f => (f.Routes.Single(), (string)f.Evidence["call"])).Order());
        Assert.All(found, f => Assert.Equal("ConsoleOutputOnKestrelTests.cs", f.Location!.File));
        var lines = await File.ReadAllLinesAsync(ThisFile());
        Assert.All(found, f => Assert.Contains("Console.", lines[f.Location!.Line!.Value - 1], StringComparison.Ordinal));
        Assert.All(found, f => Assert.DoesNotContain("secret-word", f.Message, StringComparison.Ordinal));
        Assert.Equal("in middleware\na line\na word7 formatted\nout\nasync\nafter\naction\n", console.Output.ToString());
        Assert.Equal("an error secret-word\n", console.Errors.ToString());
    }

    [Fact]
    public async Task Flags_a_hosted_service_once_the_host_has_started()
    {
        using var console = new Redirected();
        await using var app = await TestApp.StartAsync(services: s => s.AddHostedService<TalkingWorker>());

        await app.Services.GetServices<IHostedService>().OfType<TalkingWorker>().Single().ExecuteTask!;

        var found = Assert.Single(await app.FindingsAsync(), f => f.RuleId == Id);
        Assert.EndsWith("TalkingWorker.ExecuteAsync", found.Location!.Function, StringComparison.Ordinal);
        Assert.Empty(found.Routes);
        Assert.Equal("starting\nworking\n", console.Output.ToString());
    }

    [Fact]
    public async Task Flags_what_goes_to_a_writer_set_later_and_leaves_it_as_it_was()
    {
        using var console = new Redirected();
        using var later = new StringWriter();
        await using (var app = await TestApp.StartAsync(a => a.MapGet("/", () => WriteLine())))
        {
            Console.SetOut(later);
            // The first request shows the new writer, the second goes through it.
            await app.Client.GetAsync("/");
            await app.DrainAsync();
            await app.Client.GetAsync("/");

            Assert.Contains(await app.FindingsAsync(), f => f.RuleId == Id);
        }

        Assert.Equal("a line\na line\n", later.ToString());
        Console.WriteLine("still there");
        Assert.EndsWith("still there\n", later.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task StaysSilent_on_logs_and_on_what_is_written_outside_of_serving()
    {
        using var console = new Redirected();
        await using var serilog = new LoggerConfiguration().WriteTo.Console(formatProvider: System.Globalization.CultureInfo.InvariantCulture).CreateLogger();
        Console.WriteLine("before the start");
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.Lifetime.ApplicationStarted.Register(() => Console.WriteLine("started"));
                a.MapGet("/logger", (ILoggerFactory logs) => logs.CreateLogger("app").LogWarning("by a logger"));
                a.MapGet("/serilog", () => serilog.Warning("by Serilog"));
            },
            builder: b =>
            {
                b.Logging.AddConsole();
                b.Logging.AddProvider(new OwnConsoleLog());
            });

        await app.Client.GetAsync("/logger");
        await app.Client.GetAsync("/serilog");
        Console.WriteLine("between requests");

        await app.AssertSilentAsync(Id);
        var text = console.Output.ToString();
        foreach (var part in (string[])["by a logger of my own", "by Serilog", "started", "between requests"])
            Assert.Contains(part, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_consoles_writer_stays_the_same_object_and_gets_its_own_back()
    {
        using var console = new Redirected();
        var before = (Console.Out, Console.Error);
        var guarded = Guarded(Console.Out);

        await using (await TestApp.StartAsync())
        {
            Assert.Equal(before, (Console.Out, Console.Error));
            Assert.Equal(console.Output.Encoding, Console.Out.Encoding);
            Assert.Equal("\n", Console.Out.NewLine);
            Assert.NotSame(guarded, Guarded(Console.Out));
        }

        Assert.Same(guarded, Guarded(Console.Out));
    }

    [Fact]
    public void Every_way_to_write_is_handed_through()
    {
        var ours = typeof(PitfallRule).Assembly.GetType("Pitfalls.Runtime.Signals.Console.ObservedWriter")!;
        const System.Reflection.BindingFlags All = System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.NonPublic;

        var missed = typeof(TextWriter).GetMethods(All)
            .Where(m => m is { IsVirtual: true, IsFinal: false } && m.DeclaringType == typeof(TextWriter))
            .Where(m => ours.GetMethod(m.Name, All, [.. m.GetParameters().Select(p => p.ParameterType)])?.DeclaringType != ours)
            .Select(m => m.ToString())
            .ToList();

        Assert.Empty(missed);
    }

    [Fact]
    public async Task Many_threads_write_at_once_and_none_stands_still()
    {
        const int Threads = 16;
        const int Lines = 400;
        using var console = new Redirected();
        await using (await TestApp.StartAsync())
        {
            var early = Console.Out;
            var threads = Enumerable.Range(0, Threads).Select(t => Task.Factory.StartNew(
                () =>
                {
                    for (var i = 0; i < Lines; i++)
                    {
                        if (t % 3 == 0)
                            early.WriteLine(new string('x', 300));
                        else if (t % 3 == 1)
                            Console.WriteLine("{0}", new string('x', 300));
                        else
                            Console.Out.WriteLineAsync(new string('x', 300)).Wait();
                    }
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default));
            await Task.WhenAll(threads).WaitAsync(TimeSpan.FromSeconds(60));
        }

        var lines = console.Output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Threads * Lines, lines.Length);
        Assert.All(lines, line => Assert.Equal(300, line.Length));
    }

    private static object? Guarded(TextWriter writer) =>
        writer.GetType().GetField("_out", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!.GetValue(writer);

    private static string ThisFile([System.Runtime.CompilerServices.CallerFilePath] string file = "") => file;

    private static void WriteLine() => Console.WriteLine("a line");

    private static void Write() => Console.Write("a word");

    private static void Format() => Console.WriteLine("{0} formatted", 7);

    private static void Out() => Console.Out.WriteLine("out".AsSpan());

    private static void Error() => Console.Error.WriteLine("an error secret-word");

    private static async Task WriteAsync() => await Console.Out.WriteLineAsync("async");

    private static async Task AfterAwait()
    {
        await Task.Yield();
        Console.WriteLine("after");
    }

    /// <summary>The console's output kept in memory, as tests of apps do it.</summary>
    private sealed class Redirected : IDisposable
    {
        private readonly TextWriter _out = Console.Out;
        private readonly TextWriter _error = Console.Error;

        public Redirected()
        {
            Console.SetOut(Output);
            Console.SetError(Errors);
        }

        public StringWriter Output { get; } = new() { NewLine = "\n" };

        public StringWriter Errors { get; } = new() { NewLine = "\n" };

        public void Dispose()
        {
            Console.SetOut(_out);
            Console.SetError(_error);
        }
    }

    private sealed class OwnConsoleLog : ILoggerProvider, Microsoft.Extensions.Logging.ILogger
    {
        public Microsoft.Extensions.Logging.ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Console.WriteLine(formatter(state, exception) + " of my own");

        public void Dispose()
        {
        }
    }
}

public class WritingController : ControllerBase
{
    [HttpGet("/writing/action")]
    public void Act() => Console.WriteLine("action");
}

internal sealed class TalkingWorker(IHostApplicationLifetime lifetime) : BackgroundService
{
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine("starting");
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (lifetime.ApplicationStarted.Register(started.SetResult))
            await started.Task;
        Console.WriteLine("working");
    }
}
