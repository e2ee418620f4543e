using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Rules;
using Pitfalls.Runtime.Signals;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Sinks;

namespace Pitfalls.Runtime.IntegrationTests.Harmlessness;

/// <summary>No secret leaves: values planted in everything an app handles come out nowhere, while the findings about them do.</summary>
public class CanaryTests
{
    /// <summary>Every rule that must have spoken: a silent library keeps every secret.</summary>
    private static readonly string[] s_expected = ["PIT3001", "PIT3002", "PIT3003", "PIT3007"];

    private static readonly ConcurrentBag<string> s_planted = [];

    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task A_planted_value_comes_out_nowhere(string environment)
    {
        var log = new LogRecorder();
        using var events = new SelfEvents();
        var ownSink = new OwnSink();
        await using var app = await StartAsync(environment, log, ownSink);
        using var meter = new MeterRecorder(app.Services);

        await PlantAsync(app);

        var findings = await app.FindingsAsync();
        Assert.All(s_expected, rule => Assert.Contains(findings, f => f.RuleId == rule));
        var told = await AllThatWasToldAsync(app, environment, log, events, meter, ownSink);
        Assert.All(told, place => Assert.False(string.IsNullOrEmpty(place.Text), $"{place.Name} told nothing"));
        foreach (var (name, text) in told)
        {
            foreach (var planted in s_planted)
                Assert.False(text.Contains(planted, StringComparison.OrdinalIgnoreCase), $"{name} tells {planted}: {Around(text, planted)}");
        }

        // The names of properties may be told; that the places were searched rightly shows in what they do tell.
        foreach (var name in new[] { "GET /null/{value}", "GET /accounts", "GET /accounts/untyped", ".password" })
            Assert.Contains(told, place => place.Text.Contains(name, StringComparison.Ordinal));
    }

    private static string Around(string text, string planted)
    {
        var at = text.IndexOf(planted, StringComparison.OrdinalIgnoreCase);
        return text[Math.Max(0, at - 150)..Math.Min(text.Length, at + 150)];
    }

    private static async Task<List<(string Name, string Text)>> AllThatWasToldAsync(
        TestApp app, string environment, LogRecorder log, SelfEvents events, MeterRecorder meter, OwnSink sink)
    {
        meter.Observe("pitfall.detector.enabled");
        var told = new List<(string, string)>
        {
            ("log", string.Join('\n', log.Records.Select(r => $"{r.Category} {r.EventId} {r.Text} {string.Join(' ', r.State)} {r.Exception}"))),
            ("metrics", string.Join('\n', meter.All.Select(m => $"{m.Instrument} {string.Join(' ', m.Tags)}"))),
            ("event source", string.Join('\n', events.Texts)),
            ("store", JsonSerializer.Serialize(app.Services.GetRequiredService<FindingStore>().All(), FindingJson.Default.IReadOnlyListFinding)),
            ("records", string.Join('\n', app.Services.GetRequiredService<FindingStore>().All().Select(f => $"{f} {f.Location} {string.Join(' ', f.Evidence)}"))),
            ("own sink", string.Join('\n', sink.Written.Select(f => JsonSerializer.Serialize(f, FindingJson.Default.Finding)))),
        };
        if (environment == "Development")
        {
            foreach (var path in new[] { "/_pitfalls/", "/_pitfalls/page.js", "/_pitfalls/api/findings", "/_pitfalls/api/status" })
                told.Add((path, await app.Client.GetStringAsync(path)));
        }

        return told;
    }

    private static Task<TestApp> StartAsync(string environment, LogRecorder log, OwnSink sink) => TestApp.StartAsync(
        Configure,
        services =>
        {
            services.AddProblemDetails();
            services.AddSingleton<IPitfallSink>(sink);
            services.AddSingleton<IPitfallSink>(new ThrowingSink());
            services.AddSingleton(_ => new RuleSet([.. RuleCatalog.Entries.Select(e => (e.Rule, e.Create())), (ThrowingRule.Rule, new ThrowingRule())]));
            services.AddPitfallDetection(_ => throw new InvalidOperationException(Canary("options-callback")));
        },
        environment,
        settings:
        [
            new("ConnectionStrings:Shop", $"Host=db;Password={Canary("connection-string")}"),
            new("Jwt:Key", Canary("configuration")),
            new("Pitfalls:Allow:0:Rule", "PIT3001"), new("Pitfalls:Allow:0:Where", "GET /allowed"), new("Pitfalls:Allow:0:Reason", Canary("allow-reason")),
        ],
        builder: web => web.Logging.AddProvider(log));

    private static void Configure(WebApplication app)
    {
        app.MapGet("/null/{value}", string[]? (string value) => null);
        app.MapGet("/allowed", string[]? () => null);
        app.MapPost("/form", async (HttpContext c) =>
        {
            var form = await c.Request.ReadFormAsync();
            c.Response.StatusCode = 204;
            await c.Response.WriteAsync($"echo {form["card"]} {c.Request.Query["q"]} {c.Request.Headers["X-Api-Key"]}");
        });
        app.MapPost("/json", async (HttpContext c) =>
        {
            using var body = await JsonDocument.ParseAsync(c.Request.Body);
            c.Response.Headers["X-Echo"] = Canary("response-header");
            c.Response.Cookies.Append("session", Canary("response-cookie"));
            await c.Response.WriteAsJsonAsync(new
            {
                user = new { password = Canary("response-json"), passwordHash = Canary("response-hash"), apiKeys = new[] { Canary("response-array") } },
                echo = body.RootElement.GetProperty("password").GetString(),
                plain = Canary("response-plain"),
            });
        });
        // Keys of dictionaries may be data: they are no names.
        app.MapGet("/accounts", () => new Dictionary<string, Account> { [Canary("dictionary-key")] = new(Canary("dictionary-password")) });
        app.MapGet("/accounts/untyped", () => Results.Json((object)new Dictionary<string, object> { [Canary("mail") + "@example.com"] = new { password = Canary("untyped-password") } }));
        app.MapGet("/leak", (HttpContext c) => Results.Text(
            $"System.InvalidOperationException: {Canary("exception-text")}\n   at Shop.Orders.Get(Int32 id) in /srv/{Canary("exception-path")}/Orders.cs:line 7\n   at Shop.Other()\n",
            statusCode: 500));
        app.MapGet("/problem", () => Results.Problem($"System.FormatException: {Canary("problem-text")}", statusCode: 500));
        app.MapGet("/type", (HttpContext c) =>
        {
            c.Response.StatusCode = 204;
            c.Response.ContentType = $"application/json; note={Canary("content-type-parameter")}";
        });
        app.MapGet("/throw", string () => throw new InvalidOperationException(Canary("thrown")));
        app.MapGet("/throw-late", async (HttpContext c) =>
        {
            await c.Response.WriteAsync($"half of {Canary("half")}");
            throw new InvalidOperationException(Canary("thrown-late"));
        });
        app.Use((context, next) => context.GetEndpoint() is null ? context.Response.WriteAsync($"nothing at {context.Request.Path}") : next(context));
    }

    private static async Task PlantAsync(TestApp app)
    {
        await SendAsync("GET", $"/null/{Canary("route")}?q={Canary("query")}");
        await SendAsync("GET", "/allowed");
        await SendAsync("POST", $"/form?q={Canary("form-query")}", $"card={Canary("form")}&{Canary("form-name")}=1", "application/x-www-form-urlencoded");
        await SendAsync("POST", "/json", $"{{\"password\":\"{Canary("request-json")}\",\"{Canary("request-name")}\":1}}", "application/json");
        await SendAsync("GET", "/accounts");
        await SendAsync("GET", "/accounts/untyped");
        await SendAsync("GET", $"/leak?q={Canary("leak-query")}");
        await SendAsync("GET", "/problem");
        await SendAsync("GET", "/type");
        await SendAsync("GET", "/throw");
        await SendAsync("GET", "/throw-late");
        await SendAsync("GET", $"/nowhere/{Canary("raw-path")}");
        await SendAsync(Canary("method").Replace("-", "", StringComparison.Ordinal), "/null/x");
        await SendAsync("PURGE", $"/null/{Canary("purged")}");

        async Task SendAsync(string method, string path, string body = "", string? type = null) => await RawConnection.ExchangeAsync(
            app.Address,
            $"{method} {path} HTTP/1.1\r\nHost: {Canary("host")}.example\r\nConnection: close\r\nX-Api-Key: {Canary("header")}\r\nAuthorization: Bearer {Canary("bearer")}\r\n"
            + $"Cookie: id={Canary("cookie")}\r\nUser-Agent: {Canary("agent")}\r\nReferer: http://{Canary("referer")}/\r\ntracestate: v={Canary("tracestate")}\r\n"
            + (type is null ? "" : $"Content-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n") + "\r\n" + body);
    }

    private static string Canary(string kind)
    {
        // Lower case with a mark that nothing else has; also without its dashes, where a place takes only letters.
        var value = $"xq7-{kind}-zk9";
        s_planted.Add(value);
        s_planted.Add(value.Replace("-", "", StringComparison.Ordinal));
        return value;
    }

    private sealed record Account(string Password);

    private sealed class OwnSink : IPitfallSink
    {
        public ConcurrentQueue<Finding> Written { get; } = [];

        public void Write(Finding finding) => Written.Enqueue(finding);
    }

    private sealed class ThrowingSink : IPitfallSink
    {
        public void Write(Finding finding) => throw new InvalidOperationException(Canary("sink-exception"));
    }

    private sealed class ThrowingRule : IResponseRule
    {
        public static PitfallRule Rule { get; } = new(3999, "Faulty", "Faulty", PitfallSeverity.Info, PitfallSeverity.Info, "Repair it.");

        public void Observe(ObservedResponse response, IPitfallReporter reporter) => throw new InvalidOperationException(Canary("rule-exception"));
    }
}
