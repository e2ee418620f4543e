using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Startup;

public class CredentialedAnyOriginOnKestrelTests
{
    [Theory]
    [InlineData("inline", "The policy of UseCors")]
    [InlineData("default", "The default policy")]
    [InlineData("named", "The policy \"Hole\"")]
    public async Task Flags_what_the_middleware_uses(string kind, string name)
    {
        var finding = Assert.Single(await FindAsync(
            app => _ = kind switch
            {
                "inline" => app.UseCors(p => p.SetIsOriginAllowed(_ => true).AllowCredentials()),
                "named" => app.UseCors("Hole"),
                _ => app.UseCors(),
            },
            s => s.AddCors(o =>
            {
                o.AddPolicy("Hole", p => p.SetIsOriginAllowed(_ => true).AllowCredentials());
                o.AddDefaultPolicy(p => p.SetIsOriginAllowed(origin => origin.StartsWith("https://", StringComparison.Ordinal)).AllowCredentials());
            })));

        Assert.StartsWith(name, finding.Message, StringComparison.Ordinal);
        Assert.Equal("CredentialedAnyOriginOnKestrelTests.cs", finding.Location?.File);
        Assert.Equal(PitfallSeverity.Error, finding.Severity);
    }

    [Fact]
    public async Task Flags_policies_of_single_endpoints_and_controllers()
    {
        var findings = await FindAsync(
            app =>
            {
                app.UseCors("Listed");
                app.MapGet("/own", () => "").RequireCors(p => p.SetIsOriginAllowed(_ => true).AllowCredentials());
                app.MapGet("/named", () => "").RequireCors("Hole");
                app.MapControllers();
            },
            s =>
            {
                Policies(s);
                s.AddOnlyControllers(typeof(OpenToAllController));
            });

        Assert.Equal(["GET /named", "GET /open-to-all", "GET /own"], findings.SelectMany(f => f.Routes).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Flags_headers_written_by_hand_that_send_every_origin_back()
    {
        await using var app = await StartHandMadeAsync();

        await SendAsync(app, "/echo", "https://one.example");
        await SendAsync(app, "/echo", "https://two.test");

        var finding = await app.ExpectAsync("PIT7007", "GET /echo");
        Assert.DoesNotContain("one.example", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flags_the_origin_null_at_once()
    {
        await using var app = await StartHandMadeAsync();

        await SendAsync(app, "/echo", "null");

        await app.ExpectAsync("PIT7007", "GET /echo");
    }

    [Fact]
    public async Task StaysSilent_on_headers_written_by_hand_for_one_site()
    {
        await using var app = await StartHandMadeAsync();

        await SendAsync(app, "/listed", "https://eu.shop.example");
        await SendAsync(app, "/listed", "https://us.shop.example");
        await SendAsync(app, "/listed", "https://other.test");
        await SendAsync(app, "/no-credentials", "https://one.example");
        await SendAsync(app, "/no-credentials", "https://two.test");
        await SendAsync(app, "/echo", app.Address.GetLeftPart(UriPartial.Authority));

        await app.AssertSilentAsync("PIT7007");
    }

    [Fact]
    public async Task Limitation_one_origin_sent_back_by_hand_may_stand_in_a_list()
    {
        await using var app = await StartHandMadeAsync();

        await SendAsync(app, "/echo", "https://one.example");

        await app.AssertSilentAsync("PIT7007");
    }

    [Fact]
    public async Task StaysSilent_on_listed_origins_and_without_credentials()
    {
        Assert.Empty(await FindAsync(
            app =>
            {
                app.UseCors("Listed");
                app.MapGet("/public", () => "").RequireCors(p => p.AllowAnyOrigin());
                app.MapGet("/public-by-code", () => "").RequireCors(p => p.SetIsOriginAllowed(_ => true));
                app.MapGet("/subdomains", () => "").RequireCors(p => p.WithOrigins("https://*.shop.example").SetIsOriginAllowedToAllowWildcardSubdomains().AllowCredentials());
                app.MapGet("/throws", () => "").RequireCors(p => p.SetIsOriginAllowed(_ => throw new InvalidOperationException()).AllowCredentials());
            },
            Policies));
    }

    [Fact]
    public async Task StaysSilent_on_a_policy_nobody_uses() => Assert.Empty(await FindAsync(app => app.UseCors("Listed"), Policies));

    [Fact]
    public async Task StaysSilent_on_two_listed_sites_that_the_middleware_lets_in()
    {
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.UseCors();
                a.MapGet("/", () => "hello");
            },
            s => s.AddCors(o => o.AddDefaultPolicy(p => p.WithOrigins("https://one.example", "https://two.test").AllowCredentials())),
            posture: true);

        await SendAsync(app, "/", "https://one.example");
        await SendAsync(app, "/", "https://two.test");

        await app.AssertSilentAsync("PIT7007");
    }

    private static void Policies(IServiceCollection services) => services.AddCors(o =>
    {
        o.AddPolicy("Hole", p => p.SetIsOriginAllowed(_ => true).AllowCredentials());
        o.AddPolicy("Listed", p => p.WithOrigins("https://shop.example").AllowCredentials());
    });

    private static Task<IReadOnlyList<Finding>> FindAsync(Action<WebApplication> app, Action<IServiceCollection> services) =>
        Posture.FindAsync("PIT7007", app, services, "Production");

    private static Task<TestApp> StartHandMadeAsync() => TestApp.StartAsync(
        app =>
        {
            app.MapGet("/echo", (HttpContext context) => Answer(context, context.Request.Headers.Origin.ToString(), credentials: true));
            app.MapGet("/no-credentials", (HttpContext context) => Answer(context, context.Request.Headers.Origin.ToString(), credentials: false));
            app.MapGet("/listed", (HttpContext context) => Answer(
                context, context.Request.Headers.Origin.ToString() is var origin && origin.EndsWith(".shop.example", StringComparison.Ordinal) ? origin : "https://shop.example", credentials: true));
        },
        posture: true);

    private static string Answer(HttpContext context, string origin, bool credentials)
    {
        context.Response.Headers.AccessControlAllowOrigin = origin;
        if (credentials)
            context.Response.Headers.AccessControlAllowCredentials = "true";
        return "hello";
    }

    private static async Task SendAsync(TestApp app, string path, string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Origin", origin);
        using var response = await app.Client.SendAsync(request);
        await response.Content.ReadAsStringAsync();
    }
}

[Route("open-to-all")]
[EnableCors("Hole")]
public class OpenToAllController : ControllerBase
{
    [HttpGet]
    public string Get() => "";
}
