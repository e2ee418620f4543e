using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Pitfalls.Runtime.Benchmarks.Server;

/// <summary>The same app with one thing more.</summary>
internal sealed record Variant(string Name, string Title, string Description, Action<WebApplicationBuilder> AddTo)
{
    public static Variant Bare { get; } = new("bare", "bare", "the app alone", _ => { });

    public static IReadOnlyList<Variant> All { get; } =
    [
        Bare,
        new("off", "Pitfalls, `Off`", "`AddPitfallDetection()`, profile `Off`", builder => AddPitfalls(builder, PitfallProfile.Off)),
        new("production", "Pitfalls, `Production`", "profile `Production`", builder => AddPitfalls(builder, PitfallProfile.Production)),
        new("development", "Pitfalls, `Development`", "profile `Development`: every body is copied and judged", builder => AddPitfalls(builder, PitfallProfile.Development)),
        new("opentelemetry", "OpenTelemetry", "`AddAspNetCoreInstrumentation()` for traces and metrics, every trace sampled, exporters that drop", AddOpenTelemetry),
        new("task-events", "task events", "a listener to the task event source, the usual way to see `Task.Wait` and `Task.Result`", _ => TaskEventsListener.Start()),
        new("sentry", "Sentry", "`UseSentry` with `CaptureBlockingCalls`, tracing off, a transport that drops", AddSentry),
    ];

    public static Variant Called(string name) =>
        All.FirstOrDefault(v => v.Name == name) ?? throw new ArgumentException($"there is no variant '{name}'");

    /// <summary>By configuration and not by environment: everything else of the app stays as in the bare one.</summary>
    private static void AddPitfalls(WebApplicationBuilder builder, PitfallProfile profile)
    {
        builder.Configuration.AddInMemoryCollection([new("Pitfalls:Profile", profile.ToString())]);
        // The servers are young: what a pool does while an app warms up is asked for here.
        builder.Configuration.AddInMemoryCollection([new("Pitfalls:Rules:PIT1002:StartUp", "0")]);
        builder.Services.AddPitfallDetection();
        builder.Services.AddSingleton<IPitfallSink>(p => p.GetRequiredService<BlockingClock>());
    }

    private static void AddOpenTelemetry(WebApplicationBuilder builder) => builder.Services.AddOpenTelemetry()
        .WithTracing(tracing => tracing
            .AddAspNetCoreInstrumentation()
            .AddProcessor(new BatchActivityExportProcessor(new DroppingExporter<System.Diagnostics.Activity>())))
        .WithMetrics(metrics => metrics
            .AddAspNetCoreInstrumentation()
            .AddReader(new PeriodicExportingMetricReader(new DroppingExporter<Metric>())));

    private static void AddSentry(WebApplicationBuilder builder) => builder.WebHost.UseSentry(options =>
    {
        options.Dsn = "https://nobody@127.0.0.1/1";
        options.CaptureBlockingCalls = true;
        options.Transport = new DroppingTransport();
    });
}
