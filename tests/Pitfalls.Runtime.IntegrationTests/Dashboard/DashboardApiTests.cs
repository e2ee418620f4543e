using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.IntegrationTests.Transparency;

namespace Pitfalls.Runtime.IntegrationTests.Dashboard;

/// <summary>What the page and its API answer.</summary>
public partial class DashboardApiTests
{
    private static readonly string[] s_names =
        ["category", "count", "evidence", "fingerprint", "firstSeen", "fix", "helpUrl", "lastSeen", "location", "message", "routes", "rule", "ruleId", "severity", "title", "traceId"];

    [Fact]
    public async Task Findings_have_the_shape_of_the_contract()
    {
        await using var app = await StartAsync();
        await app.Client.GetAsync("/null/1");
        await app.Client.GetAsync("/null/2");
        await app.Client.GetAsync("/framework");
        await app.FindingsAsync();

        using var response = await app.Client.GetAsync("/_pitfalls/api/findings");
        using var findings = JsonDocument.Parse(await response.Content.ReadAsStringAsync());

        Assert.Equal("application/json; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(JsonValueKind.Array, findings.RootElement.ValueKind);
        Assert.NotEqual(0, findings.RootElement.GetArrayLength());
        foreach (var finding in findings.RootElement.EnumerateArray())
        {
            Assert.Equal(s_names, finding.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
            Assert.Matches("^PIT[0-9]{4}$", finding.GetProperty("ruleId").GetString());
            Assert.Matches("^[0-9a-f]{16}$", finding.GetProperty("fingerprint").GetString());
            Assert.Contains(finding.GetProperty("severity").GetString(), new[] { "Info", "Warning", "Error" });
            Assert.Equal("Responses", finding.GetProperty("category").GetString());
            Assert.Matches(UtcTime(), finding.GetProperty("firstSeen").GetString());
            Assert.Matches(UtcTime(), finding.GetProperty("lastSeen").GetString());
            Assert.StartsWith("https://", finding.GetProperty("helpUrl").GetString(), StringComparison.Ordinal);
            Assert.All(finding.GetProperty("evidence").EnumerateObject(), fact => Assert.Contains(
                fact.Value.ValueKind, new[] { JsonValueKind.String, JsonValueKind.Number, JsonValueKind.True, JsonValueKind.False }));
            Assert.All(finding.GetProperty("routes").EnumerateArray(), route => Assert.Equal(JsonValueKind.String, route.ValueKind));
        }

        var found = findings.RootElement.EnumerateArray().Single(f => f.GetProperty("routes")[0].GetString() == "GET /null/{id}");
        Assert.Equal(("PIT3001", "NullBody", "Null body", 2), (
            found.GetProperty("ruleId").GetString(), found.GetProperty("rule").GetString(), found.GetProperty("title").GetString(), found.GetProperty("count").GetInt32()));
        var location = found.GetProperty("location");
        Assert.Equal(["file", "function", "line"], location.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.Equal("DashboardApiTests.cs", location.GetProperty("file").GetString());
        Assert.True(location.GetProperty("line").GetInt32() > 0);
    }

    [Fact]
    public async Task Findings_as_sarif_have_a_place_in_the_repository_and_a_rule_with_help()
    {
        await using var app = await StartAsync();
        await app.Client.GetAsync("/null/1");
        await app.Client.GetAsync("/framework");
        var found = await app.FindingsAsync();

        using var response = await app.Client.GetAsync("/_pitfalls/api/findings.sarif");
        var text = await response.Content.ReadAsStringAsync();
        using var sarif = JsonDocument.Parse(text);

        Assert.Equal("application/sarif+json", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("2.1.0", sarif.RootElement.GetProperty("version").GetString());
        var run = Assert.Single(sarif.RootElement.GetProperty("runs").EnumerateArray());
        var rules = run.GetProperty("tool").GetProperty("driver").GetProperty("rules").EnumerateArray().ToList();
        Assert.Equal(PitfallCatalog.Rules.Select(r => (r.Id, r.HelpUrl)), rules.Select(r => (r.GetProperty("id").GetString()!, r.GetProperty("helpUri").GetString()!)));
        var results = run.GetProperty("results").EnumerateArray().ToList();
        Assert.NotEmpty(results);
        Assert.Equal(found.Select(f => f.Fingerprint), results.Select(r => r.GetProperty("partialFingerprints").GetProperty("pitfall/v1").GetString()!));
        Assert.All(results, r => Assert.Equal(r.GetProperty("ruleId").GetString(), rules[r.GetProperty("ruleIndex").GetInt32()].GetProperty("id").GetString()));
        var place = results.Single(r => r.GetProperty("ruleId").GetString() == "PIT3001").GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal("tests/Pitfalls.Runtime.IntegrationTests/Dashboard/DashboardApiTests.cs", place.GetProperty("artifactLocation").GetProperty("uri").GetString());
        // No path of this machine goes out.
        Assert.DoesNotContain(new DirectoryInfo(AppContext.BaseDirectory).Parent!.Parent!.Parent!.Parent!.FullName, text, StringComparison.Ordinal);

        using var again = await GetAsync(app, "/_pitfalls/api/findings.sarif", response.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
    }

    [Fact]
    public async Task An_unchanged_list_is_not_sent_again()
    {
        await using var app = await StartAsync();
        await app.Client.GetAsync("/null/1");
        await app.FindingsAsync();
        using var first = await app.Client.GetAsync("/_pitfalls/api/findings");
        var tag = first.Headers.ETag!;

        foreach (var known in new[] { tag.ToString(), $"W/{tag}", $"\"other\", {tag}", "*" })
        {
            using var again = await GetAsync(app, "/_pitfalls/api/findings", known);
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
            Assert.Equal(tag, again.Headers.ETag);
            Assert.Empty(await again.Content.ReadAsByteArrayAsync());
        }

        await app.Client.GetAsync("/null/2");
        await app.FindingsAsync();
        using var changed = await GetAsync(app, "/_pitfalls/api/findings", tag.ToString());
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(tag, changed.Headers.ETag);
    }

    [Fact]
    public async Task A_tag_of_the_last_run_is_unknown_to_this_one()
    {
        EntityTagHeaderValue tag;
        await using (var last = await StartAsync())
            tag = (await last.Client.GetAsync("/_pitfalls/api/findings")).Headers.ETag!;
        await using var app = await StartAsync();

        Assert.Equal(HttpStatusCode.OK, (await GetAsync(app, "/_pitfalls/api/findings", tag.ToString())).StatusCode);
    }

    [Theory]
    [InlineData("/_pitfalls/", "text/html; charset=utf-8")]
    [InlineData("/_pitfalls/index.html", "text/html; charset=utf-8")]
    [InlineData("/_pitfalls/page.js", "text/javascript; charset=utf-8")]
    [InlineData("/_pitfalls/page.css", "text/css; charset=utf-8")]
    [InlineData("/_pitfalls/icon.svg", "image/svg+xml")]
    [InlineData("/_pitfalls/api/status", "application/json; charset=utf-8")]
    [InlineData("/_pitfalls/api/findings", "application/json; charset=utf-8")]
    public async Task Every_answer_is_closed_to_other_pages(string path, string contentType)
    {
        await using var app = await StartAsync();

        using var response = await app.Client.GetAsync(path);

        Assert.Equal(contentType, response.Content.Headers.ContentType!.ToString());
        Assert.True(response.Content.Headers.ContentLength > 0);
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy")).Split(';', StringSplitOptions.TrimEntries).ToList();
        Assert.Contains("default-src 'none'", policy);
        Assert.Contains("script-src 'self'", policy);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.Contains("require-trusted-types-for 'script'", policy);
        Assert.DoesNotContain(policy, p => p.Contains("unsafe", StringComparison.Ordinal) || p.Contains('*', StringComparison.Ordinal));
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-referrer", Assert.Single(response.Headers.GetValues("Referrer-Policy")));
        Assert.Equal("same-origin", Assert.Single(response.Headers.GetValues("Cross-Origin-Resource-Policy")));
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task The_page_works_below_any_prefix_and_without_the_internet()
    {
        await using var app = await StartAsync();
        var page = await app.Client.GetStringAsync("/_pitfalls/");

        var links = Link().Matches(page).Select(m => m.Groups[1].Value).ToList();
        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.DoesNotMatch("^(/|[a-z]+:)", link));
        foreach (var link in links)
            Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync("/_pitfalls/" + link)).StatusCode);
        Assert.DoesNotMatch("<script(?![^>]*src=)|<style|\\son[a-z]+=|style=", page);
        var script = await app.Client.GetStringAsync("/_pitfalls/page.js");
        Assert.DoesNotMatch(@"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script);
        Assert.DoesNotMatch(@"fetch\(\s*[""'`]/", script);
    }

    [Theory]
    [InlineData("GET", "/_pitfalls", 302)]
    [InlineData("GET", "/_PITFALLS/", 200)]
    [InlineData("GET", "/%5fpitfalls/", 200)]
    [InlineData("GET", "/_pitfalls/API/findings", 404)]
    [InlineData("GET", "/_pitfalls/api/findings/", 404)]
    [InlineData("GET", "/_pitfalls/api", 404)]
    [InlineData("GET", "/_pitfalls/nothing.js", 404)]
    [InlineData("GET", "/_pitfalls/../secret", 404)]
    [InlineData("GET", "/_pitfalls/%2e%2e/%2e%2e/etc/passwd", 404)]
    [InlineData("GET", "/_pitfallsx", 404)]
    [InlineData("GET", "/x/_pitfalls/", 404)]
    [InlineData("HEAD", "/_pitfalls/api/findings", 200)]
    [InlineData("HEAD", "/_pitfalls/", 200)]
    [InlineData("POST", "/_pitfalls/api/findings", 405)]
    [InlineData("DELETE", "/_pitfalls/", 405)]
    [InlineData("OPTIONS", "/_pitfalls/api/status", 405)]
    public async Task Odd_ways_to_ask_are_answered_plainly(string method, string path, int status)
    {
        await using var app = await StartAsync();

        var answer = await RawConnection.ExchangeAsync(app.Address, $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        Assert.StartsWith($"HTTP/1.1 {status.ToString(CultureInfo.InvariantCulture)} ", answer, StringComparison.Ordinal);
        if (method == "HEAD" || status is 404 or 405 or 302)
            Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
        if (status == 405)
            Assert.Contains("Allow: GET, HEAD", answer, StringComparison.Ordinal);
        if (status == 302)
            Assert.Contains("\r\nLocation: _pitfalls/\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_stands_where_the_options_say()
    {
        await using var app = await StartAsync([new("Pitfalls:Dashboard:Path", "/ops/pit")]);

        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync("/ops/pit/api/status")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/_pitfalls/")).StatusCode);
    }

    [Fact]
    public async Task It_is_in_no_count_no_finding_and_no_description()
    {
        foreach (var environment in new[] { "Development", "Production" })
        {
            await using var app = await StartAsync(environment: environment);
            using var http = new MeterRecorder(app.Services, "Microsoft.AspNetCore.Hosting");
            foreach (var path in new[] { "/_pitfalls/", "/_pitfalls", "/_pitfalls/api/findings", "/_pitfalls/api/status", "/_pitfalls/nothing" })
                await RawConnection.ExchangeAsync(app.Address, Compared.Get(path).Replace("twin.example", "localhost", StringComparison.Ordinal));
            await app.Client.GetAsync("/null/1");

            var finding = Assert.Single(await app.FindingsAsync());
            Assert.Equal("GET /null/{id}", Assert.Single(finding.Routes));
            var measured = Assert.Single(http.All, m => m.Instrument == "http.server.request.duration");
            Assert.Equal("/null/{id}", measured.Tags["http.route"]);
            var described = app.Services.GetRequiredService<IApiDescriptionGroupCollectionProvider>().ApiDescriptionGroups.Items.SelectMany(g => g.Items).ToList();
            Assert.NotEmpty(described);
            Assert.DoesNotContain(described, d => d.RelativePath!.Contains("pitfalls", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task Own_answers_are_never_judged()
    {
        // A finding's text may quote what a rule looks for; the page must not report itself. Mapped, it passes the observer.
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.UseAuthorization();
                a.MapPitfalls().RequireAuthorization(p => p.RequireAssertion(_ => true));
                a.MapGet("/null", string[]? () => null);
            },
            services =>
            {
                services.AddAuthorization();
                services.AddSingleton(_ => new Pitfalls.Runtime.Signals.RuleSet([(Pitfalls.Runtime.Rules.Responses.NullBody.Rule, new FlagsEverything())]));
            },
            environment: "Production");

        foreach (var path in new[] { "/_pitfalls/", "/_pitfalls/api/findings", "/_pitfalls/api/status" })
            Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync(path)).StatusCode);
        await app.Client.GetAsync("/null");

        Assert.Equal("GET /null", Assert.Single(Assert.Single(await app.FindingsAsync()).Routes));
    }

    private static Task<TestApp> StartAsync(KeyValuePair<string, string?>[]? settings = null, string environment = "Development") => TestApp.StartAsync(
        a =>
        {
            a.MapGet("/null/{id}", NullOf);
            a.MapGet("/framework", (HttpContext c) => c.Response.WriteAsync("   at Shop.Orders.Get(Int32 id) in /src/Orders.cs:line 7\n"));
            if (environment != "Development")
                a.MapPitfalls();
        },
        services => services.AddEndpointsApiExplorer(),
        environment,
        settings);

    private static string[]? NullOf(int id) => null;

    private static async Task<HttpResponseMessage> GetAsync(TestApp app, string path, string ifNoneMatch)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        return await app.Client.SendAsync(request);
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z$")]
    private static partial Regex UtcTime();

    [GeneratedRegex(@"(?:href|src)=""([^""]*)""")]
    private static partial Regex Link();

    private sealed class FlagsEverything : Pitfalls.Runtime.Signals.Requests.IResponseRule
    {
        public void Observe(Pitfalls.Runtime.Signals.Requests.ObservedResponse response, Pitfalls.Runtime.Reporting.IPitfallReporter reporter) =>
            reporter.Report(Pitfalls.Runtime.Rules.Responses.NullBody.Rule, new() { Message = "seen", Subject = response.Route, Route = response.Route });
    }
}
