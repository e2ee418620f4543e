using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;

using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Dashboard;

/// <summary>Who sees the page: this machine in Development, whoever is authorized elsewhere, and nobody else.</summary>
public class DashboardAccessTests
{
    private static readonly string[] s_paths = ["/_pitfalls", "/_pitfalls/", "/_pitfalls/page.js", "/_pitfalls/api/findings", "/_pitfalls/api/findings.sarif", "/_pitfalls/api/status"];

    /// <summary>Ways to mount the page outside Development, and what the anonymous and the signed-in get.</summary>
    private static readonly Dictionary<string, (Action<WebApplication> Map, HttpStatusCode Anonymous, HttpStatusCode User, HttpStatusCode Admin)> s_mounts = new()
    {
        ["not at all"] = (_ => { }, HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound),
        ["without a requirement"] = (a => a.MapPitfalls(), HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound),
        ["open to all"] = (a => a.MapPitfalls().AllowAnonymous(), HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound),
        ["guarded and opened again"] = (a => a.MapPitfalls().RequireAuthorization().AllowAnonymous(), HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound),
        ["within an open group"] = (a => a.MapGroup("").AllowAnonymous().MapPitfalls().RequireAuthorization(), HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound),
        ["guarded"] = (a => a.MapPitfalls().RequireAuthorization(), HttpStatusCode.Unauthorized, HttpStatusCode.OK, HttpStatusCode.OK),
        ["guarded by a named policy"] = (a => a.MapPitfalls().RequireAuthorization("admins"), HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.OK),
        ["guarded by a policy"] = (a => a.MapPitfalls().RequireAuthorization(p => p.RequireRole("admin")), HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.OK),
        ["guarded by an attribute"] = (a => a.MapPitfalls().WithMetadata(new AuthorizeAttribute { Roles = "admin" }), HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.OK),
        ["guarded by requirement data"] = (a => a.MapPitfalls().WithMetadata(new MustBeAdmin()), HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.OK),
        ["within a guarded group"] = (a => a.MapGroup("").RequireAuthorization("admins").MapPitfalls(), HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.OK),
    };

    public static TheoryData<string, string> Mounts { get; } = new(
        from environment in new[] { "Production", "Staging" } from mount in s_mounts.Keys select (environment, mount));

    [Theory]
    [MemberData(nameof(Mounts))]
    public async Task Outside_development_only_the_authorized_see_it(string environment, string mount)
    {
        var (map, anonymous, user, admin) = s_mounts[mount];
        var log = new LogRecorder();
        await using var app = await StartAsync(environment, map, log);

        foreach (var (role, expected) in new[] { ("", anonymous), ("user", user), ("admin", admin) })
        {
            foreach (var path in s_paths)
            {
                using var response = await AskAsync(app, path, role);
                var status = expected == HttpStatusCode.OK && path == "/_pitfalls" ? HttpStatusCode.Found : expected;
                Assert.True(response.StatusCode == status, $"'{role}' got {response.StatusCode} for {path}");
                if (expected != HttpStatusCode.OK)
                    Assert.DoesNotContain("pitfall", await response.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);
            }
        }

        var warnings = log.Records.Where(r => r.EventId.Name == "pitfall.dashboard.unprotected").ToList();
        Assert.Equal(admin == HttpStatusCode.NotFound && mount != "not at all" ? 1 : 0, warnings.Count);
        Assert.All(warnings, w => Assert.Contains("RequireAuthorization", w.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_fallback_policy_alone_is_no_requirement()
    {
        await using var app = await StartAsync("Production", a => a.MapPitfalls(), new LogRecorder(), o => o.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());

        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(app, "/_pitfalls/", "")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(app, "/_pitfalls/", "admin")).StatusCode);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:5000")]
    [InlineData("shop.localhost")]
    [InlineData("[::1]:5000")]
    public async Task In_development_this_machine_sees_it(string host)
    {
        await using var app = await StartAsync("Development", _ => { }, new LogRecorder());

        foreach (var path in s_paths[1..])
            Assert.Equal(HttpStatusCode.OK, (await AskAsync(app, path, "", host)).StatusCode);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("10.0.0.1")]
    [InlineData("localhostx")]
    public async Task In_development_a_foreign_name_for_this_machine_sees_nothing(string host)
    {
        // A page on the internet may let its own name resolve to 127.0.0.1 and read along.
        await using var app = await StartAsync("Development", _ => { }, new LogRecorder());

        foreach (var path in s_paths)
            Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(app, path, "", host)).StatusCode);
    }

    [Theory]
    [InlineData("Forwarded", "for=203.0.113.9")]
    [InlineData("X-Forwarded-For", "203.0.113.9")]
    [InlineData("x-forwarded-for", "127.0.0.1")]
    [InlineData("X-Forwarded-Host", "shop.example")]
    [InlineData("X-Forwarded-Proto", "https")]
    [InlineData("X-Forwarded-Port", "443")]
    [InlineData("X-Real-IP", "203.0.113.9")]
    [InlineData("X-Original-For", "203.0.113.9")]
    [InlineData("X-Original-URL", "/")]
    [InlineData("X-Test-Peer", "203.0.113.9")]
    [InlineData("X-Test-Peer", "2001:db8::9")]
    public async Task In_development_whoever_comes_from_elsewhere_sees_nothing(string header, string value)
    {
        await using var app = await StartAsync("Development", _ => { }, new LogRecorder());

        foreach (var path in s_paths)
        {
            using var response = await AskAsync(app, path, "", "localhost", (header, value));
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        }
    }

    [Fact]
    public async Task In_development_a_unix_socket_is_no_loopback_peer()
    {
        // It has no address, and whoever forwards to it may stand anywhere.
        var folder = Directory.CreateTempSubdirectory("pitfalls-socket-");
        var socket = Path.Combine(folder.FullName, "app");
        try
        {
            await using var app = await TestApp.StartAsync(a => a.MapGet("/", () => "up"), builder: b => b.WebHost.ConfigureKestrel(o =>
            {
                o.Listen(IPAddress.Loopback, 0);
                o.ListenUnixSocket(socket);
            }));
            using var client = new HttpClient(new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancel) =>
                {
                    var connection = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
                    await connection.ConnectAsync(new System.Net.Sockets.UnixDomainSocketEndPoint(socket), cancel);
                    return new System.Net.Sockets.NetworkStream(connection, ownsSocket: true);
                },
            }) { BaseAddress = new Uri("http://localhost") };

            Assert.Equal("up", await client.GetStringAsync("/"));
            foreach (var path in s_paths)
                Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(path)).StatusCode);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task In_development_it_is_below_the_apps_path_base_too()
    {
        await using var app = await StartAsync("Development", a =>
        {
            a.UsePathBase("/shop");
            a.UseRouting();
            a.MapGet("/", () => "up");
        }, new LogRecorder());

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(app, "/shop", "")).StatusCode);
        foreach (var path in s_paths[1..])
        {
            Assert.Equal(HttpStatusCode.OK, (await AskAsync(app, "/shop" + path, "")).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await AskAsync(app, path, "")).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(app, "/shop" + path, "", "evil.example")).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(app, "/other" + path, "")).StatusCode);
        }

        using var redirect = await AskAsync(app, "/shop/_pitfalls", "");
        Assert.Equal("_pitfalls/", redirect.Headers.Location!.ToString());
    }

    [Fact]
    public async Task In_development_the_authorized_see_it_from_elsewhere_where_the_app_maps_it()
    {
        await using var app = await StartAsync("Development", a => a.MapPitfalls().RequireAuthorization("admins"), new LogRecorder());

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(app, "/_pitfalls/", "")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(app, "/_pitfalls/", "", "shop.example")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(app, "/_pitfalls/", "user", "shop.example")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(app, "/_pitfalls/", "admin", "shop.example")).StatusCode);
    }

    [Fact]
    public async Task Switched_off_nobody_sees_it()
    {
        foreach (var environment in new[] { "Development", "Production" })
        {
            await using var app = await StartAsync(environment, a => a.MapPitfalls().RequireAuthorization(), new LogRecorder(), profile: "Off");
            foreach (var path in s_paths)
                Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(app, path, "admin")).StatusCode);
        }
    }

    [Fact]
    public async Task Mapped_without_the_library_it_says_what_is_missing()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => TestApp.StartAsync(a => a.MapPitfalls(), withPitfalls: false));

        Assert.Contains("AddPitfallDetection", exception.Message, StringComparison.Ordinal);
    }

    private static Task<TestApp> StartAsync(
        string environment, Action<WebApplication> map, LogRecorder log, Action<AuthorizationOptions>? authorization = null, string? profile = null) => TestApp.StartAsync(
        map,
        services =>
        {
            services.Insert(0, ServiceDescriptor.Singleton<IStartupFilter>(new Peer()));
            services.AddAuthentication("header").AddScheme<AuthenticationSchemeOptions, HeaderScheme>("header", null);
            services.AddAuthorizationBuilder().AddPolicy("admins", p => p.RequireRole("admin"));
            services.Configure(authorization ?? (_ => { }));
        },
        environment,
        settings: [new("Pitfalls:Profile", profile)],
        builder: web => web.Logging.AddProvider(log));

    private static async Task<HttpResponseMessage> AskAsync(TestApp app, string path, string role, string host = "localhost", (string Name, string Value)? header = null)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = app.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Host = host;
        if (role.Length > 0)
            request.Headers.Add("X-Role", role);
        if (header is { } extra)
            request.Headers.TryAddWithoutValidation(extra.Name, extra.Value);
        return await client.SendAsync(request);
    }

    /// <summary>Lets a test come from another address than loopback.</summary>
    private sealed class Peer : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((context, following) =>
            {
                if (context.Request.Headers["X-Test-Peer"] is [{ } peer])
                    context.Connection.RemoteIpAddress = IPAddress.Parse(peer);
                return following(context);
            });
            next(app);
        };
    }

    private sealed class HeaderScheme(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Request.Headers["X-Role"] is [{ } role]
            ? AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.Role, role)], "header")), "header"))
            : AuthenticateResult.NoResult());
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class MustBeAdmin : Attribute, IAuthorizationRequirementData
    {
        public IEnumerable<IAuthorizationRequirement> GetRequirements() => [new Microsoft.AspNetCore.Authorization.Infrastructure.RolesAuthorizationRequirement(["admin"])];
    }
}
