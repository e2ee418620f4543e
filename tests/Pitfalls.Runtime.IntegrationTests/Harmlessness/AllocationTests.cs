using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.IntegrationTests.Harmlessness;

/// <summary>The Production profile adds not one byte to a request it does not look at.</summary>
[Collection(nameof(Alone))]
public class AllocationTests
{
    private const int Batches = 20;
    private const int Requests = 500;

    public static TheoryData<string> Paths { get; } =
        ["/json", "/text", "/write", "/stream", "/empty", "/no-content", "/nowhere", "/allocation/mvc", "/middleware"];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_request_that_is_not_looked_at_costs_no_memory(string path)
    {
        var (bare, _) = await MeasureAsync(path, null);
        var (watched, looked) = await MeasureAsync(path, PitfallProfile.Production);

        Assert.Equal(bare, watched);
        Assert.Equal(0, looked);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Switched_off_a_request_costs_no_memory(string path)
    {
        var (bare, _) = await MeasureAsync(path, null);
        var (watched, _) = await MeasureAsync(path, PitfallProfile.Off);

        Assert.Equal(bare, watched);
    }

    [Fact]
    public async Task The_measure_sees_what_looking_costs()
    {
        var (bare, _) = await MeasureAsync("/json", null);
        var (watched, looked) = await MeasureAsync("/json", PitfallProfile.Development);

        Assert.True(looked >= Batches * Requests);
        Assert.True(watched > bare, $"{watched} B against {bare} B: a measure that sees nothing proves nothing");
    }

    /// <returns>Bytes per request, and how many responses were looked at while measuring.</returns>
    private static async Task<(double BytesPerRequest, long Looked)> MeasureAsync(string path, PitfallProfile? profile)
    {
        var server = new ReusingServer();
        await using var app = Build(server, profile);
        await app.StartAsync();
        // All that is made once is made by now: endpoints known, caches filled, the sample of the first responses taken.
        for (var i = 0; i < 200; i++)
            server.Process(path);
        var signal = app.Services.GetService<ResponseSignal>();
        if (signal is not null)
            await app.Services.GetServices<IHostedService>().OfType<PitfallHost>().Single().DrainAsync();
        var looked = signal?.Looked ?? 0;

        // The runtime allocates now and then on this thread while it compiles anew what runs hot: the leanest batch is the code's own.
        var allocated = Enumerable.Range(0, Batches).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Requests; i++)
                server.Process(path);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });

        Assert.Equal(path switch { "/no-content" => 204, "/nowhere" => 404, _ => 200 }, server.LastStatus);
        Assert.Equal(path is "/empty" or "/no-content" or "/nowhere", server.LastBytes == 0);
        Assert.Equal(profile is PitfallProfile.Development or PitfallProfile.Production ? 200 + (Batches * Requests) : 0, signal?.Requests ?? 0);
        await app.StopAsync();
        return ((double)allocated / Requests, (signal?.Looked ?? 0) - looked);
    }

    private static WebApplication Build(ReusingServer server, PitfallProfile? profile)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production", ApplicationName = typeof(AllocationTests).Assembly.GetName().Name });
        builder.Logging.ClearProviders();
        // As every app has one: a log that takes its scopes from the factory, and here nothing else.
        builder.Services.AddSingleton<ILoggerProvider, SilentLog>();
        builder.Services.AddControllers();
        builder.Services.AddSingleton<IServer>(server);
        builder.Services.AddSingleton<TimeProvider>(new StoppedTime());
        if (profile is not null)
            builder.Services.AddPitfallDetection(o => o.Profile = profile);
        var app = builder.Build();
        app.Use((context, next) =>
        {
            // Middleware that reaches for the body before anybody knows the endpoint.
            if (context.Request.Path.Value == "/middleware")
                _ = context.Response.Body;
            return next(context);
        });
        app.UseRouting();
        app.MapControllers();
        var bytes = "bytes"u8.ToArray();
        app.MapGet("/json", () => s_order);
        app.MapGet("/middleware", () => s_order);
        app.MapGet("/text", () => "text");
        app.MapGet("/write", (HttpContext c) => c.Response.WriteAsync("text"));
        app.MapGet("/stream", (HttpContext c) => c.Response.Body.WriteAsync(bytes, 0, 5));
        app.MapGet("/empty", () => Results.Ok());
        app.MapGet("/no-content", () => Results.NoContent());
        return app;
    }

    private static readonly Order s_order = new(1, "one", 1.5m);

    public sealed record Order(int Id, string Name, decimal Total);

    private sealed class SilentLog : ILoggerProvider, ISupportExternalScope
    {
        public ILogger CreateLogger(string categoryName) => Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public void SetScopeProvider(IExternalScopeProvider scopeProvider)
        {
        }

        public void Dispose()
        {
        }
    }

    /// <summary>With the time standing still nothing falls due after the first responses.</summary>
    private sealed class StoppedTime : TimeProvider
    {
        public override long GetTimestamp() => 1000;
    }
}

[ApiController]
[Route("allocation/mvc")]
public sealed class AllocationController : ControllerBase
{
    private static readonly AllocationTests.Order s_order = new(2, "two", 2.5m);

    [HttpGet]
    public AllocationTests.Order Get() => s_order;
}
