using System.Text;

using CsCheck;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.IntegrationTests.Transparency;

/// <summary>
/// Kestrel keeps context, stream and writer for a connection's next request, and so do we. Whatever the order of requests, whichever
/// of them are looked at and whoever held the body from before routing: no byte of one is ever in another.
/// </summary>
public class ConnectionReuseTests
{
    private static readonly string[] s_endpoints = ["json", "text", "chunks", "writer", "both", "large", "empty", "no-content", "none"];
    private static readonly string[] s_grabs = ["", "body", "writer", "body,writer", "body,write", "swap"];

    private static readonly Gen<Step> s_step = Gen.Select(
        Gen.OneOf(s_endpoints), Gen.OneOf(s_grabs), Gen.Bool, Gen.Int[0, 99],
        (endpoint, grab, isDue, id) => new Step(endpoint, grab, isDue, id));

    [Fact]
    public async Task No_byte_of_one_response_is_in_another()
    {
        var time = new SteppingTime();
        await using var bare = await StartAsync(time, withPitfalls: false);
        await using var watched = await StartAsync(time, withPitfalls: true);
        await WarmUpAsync(watched);
        var looked = watched.Services.GetRequiredService<ResponseSignal>().Looked;

        await Check.SampleAsync(
            Gen.Select(s_step.Array[1, 12], Gen.Bool),
            async sample =>
            {
                var (steps, isPipelined) = sample;
                var expected = await TalkAsync(bare, time, steps, isPipelined);
                var actual = await TalkAsync(watched, time, steps, isPipelined);
                Assert.Equal(expected, actual);
                for (var i = 0; i < steps.Length; i++)
                    Assert.True(IsOf(steps[i], i, actual[i]), $"{steps[i]} got {actual[i]}");
            },
            iter: 120,
            threads: 1,
            print: sample => $"{(sample.Item2 ? "pipelined: " : "")}{string.Join(" | ", sample.Item1.Select(s => s.ToString()))}");

        Assert.Empty(watched.Services.GetRequiredService<DetectorGuard>().All);
        var signal = watched.Services.GetRequiredService<ResponseSignal>();
        // Both kinds were among them: else nothing alternated.
        Assert.InRange(signal.Looked - looked, 50, signal.Requests - 50);
    }

    private static async Task<TestApp> StartAsync(SteppingTime time, bool withPitfalls) => await TestApp.StartAsync(
        Configure, services => services.AddSingleton<TimeProvider>(time), "Production", withPitfalls: withPitfalls);

    /// <summary>After its first responses an endpoint is looked at once a second: then the test decides by moving the time.</summary>
    private static async Task WarmUpAsync(TestApp app)
    {
        foreach (var endpoint in s_endpoints)
        {
            for (var i = 0; i < EndpointFacts.FirstResponses; i++)
                await RawConnection.ExchangeAsync(app.Address, Compared.Get($"/{endpoint}/0"));
        }
    }

    private static async Task<string[]> TalkAsync(TestApp app, SteppingTime time, Step[] steps, bool isPipelined)
    {
        await using var connection = await RawConnection.OpenAsync(app.Address);
        var requests = steps.Select((step, i) => $"GET /{step.Endpoint}/{Id(step, i)} HTTP/1.1\r\nHost: twin.example\r\nX-Grab: {step.Grab}\r\nX-Due: {step.IsDue}\r\n\r\n").ToList();
        if (isPipelined)
            await connection.SendAsync(string.Concat(requests));
        var answers = new string[steps.Length];
        for (var i = 0; i < steps.Length; i++)
        {
            if (!isPipelined)
                await connection.SendAsync(requests[i]);
            answers[i] = RawConnection.Joined(RawConnection.Normalized(await connection.ReadResponseAsync()));
        }

        return answers;
    }

    private static int Id(Step step, int position) => (position * 100) + step.Id;

    private static bool IsOf(Step step, int position, string answer)
    {
        var id = Id(step, position);
        var isBare = step.Endpoint is "empty" or "no-content" or "none";
        var body = answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        return isBare ? !body.Contains('#', StringComparison.Ordinal) : body.Contains($"#{id}#", StringComparison.Ordinal) && body.Split('#').Skip(1).Where((_, i) => i % 2 == 0).All(found => found == $"{id}");
    }

    private static void Configure(WebApplication app)
    {
        var time = (SteppingTime)app.Services.GetRequiredService<TimeProvider>();
        app.Use((context, next) =>
        {
            if (context.Request.Headers["X-Due"] == "True")
                time.Step(TimeSpan.FromSeconds(2));
            return GrabAsync(context, next);
        });
        app.UseRouting();
        app.MapGet("/json/{id:int}", (int id) => new { id = $"#{id}#" });
        app.MapGet("/text/{id:int}", (int id) => $"#{id}#");
        app.MapGet("/chunks/{id:int}", async (int id, HttpContext c) =>
        {
            for (var i = 0; i < 5; i++)
            {
                await c.Response.WriteAsync($"#{id}#");
                await c.Response.Body.FlushAsync();
            }
        });
        app.MapGet("/writer/{id:int}", async (int id, HttpContext c) =>
        {
            c.Response.ContentType = "application/json";
            for (var i = 0; i < 5; i++)
                Encoding.UTF8.GetBytes($"\"#{id}#\"", c.Response.BodyWriter);
            await c.Response.BodyWriter.FlushAsync();
        });
        app.MapGet("/both/{id:int}", async (int id, HttpContext c) =>
        {
            await c.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"#{id}#"));
            await c.Response.BodyWriter.WriteAsync(Encoding.UTF8.GetBytes($"#{id}#"));
            await c.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"#{id}#"));
        });
        app.MapGet("/large/{id:int}", (int id) => Enumerable.Repeat($"#{id}#", 5000));
        app.MapGet("/empty/{id:int}", (int id) => Results.Ok());
        app.MapGet("/no-content/{id:int}", (int id) => Results.NoContent());
    }

    private static async Task GrabAsync(HttpContext context, RequestDelegate next)
    {
        var grab = context.Request.Headers["X-Grab"].ToString();
        var body = grab.Contains("body", StringComparison.Ordinal) || grab == "swap" ? context.Response.Body : null;
        var writer = grab.Contains("writer", StringComparison.Ordinal) ? context.Response.BodyWriter : null;
        if (grab == "swap")
        {
            using var own = new MemoryStream();
            context.Response.Body = own;
            await next(context);
            context.Response.Body = body!;
            if (own.Length > 0)
                await body!.WriteAsync(own.ToArray());
            return;
        }

        await next(context);
        if (context.Response.StatusCode != 200 || context.Response.ContentLength is not null || context.GetEndpoint() is null || context.Request.Path.StartsWithSegments("/empty"))
            return;
        // Whoever held a body from before routing may still write to it afterwards.
        if (grab == "body,write")
            await body!.WriteAsync(Encoding.UTF8.GetBytes($"#{context.Request.RouteValues["id"]}#"));
        else if (writer is not null)
            await writer.WriteAsync(Encoding.UTF8.GetBytes($"#{context.Request.RouteValues["id"]}#"));
    }

    private sealed record Step(string Endpoint, string Grab, bool IsDue, int Id);

    /// <summary>Time that moves when a request says so.</summary>
    private sealed class SteppingTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public void Step(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
    }
}
