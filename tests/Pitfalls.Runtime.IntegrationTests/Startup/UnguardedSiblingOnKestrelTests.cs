using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Authorization;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Startup;

public class UnguardedSiblingOnKestrelTests
{
    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task Flags_the_one_endpoint_of_a_group_that_demands_nothing(string environment)
    {
        var finding = Assert.Single(await FindAsync(
            app =>
            {
                var orders = app.MapGroup("/orders");
                orders.MapGet("/", () => "").RequireAuthorization("Staff");
                orders.MapPost("/", () => "").RequireAuthorization("Staff");
                orders.MapDelete("/{id}", (int id) => "");
            },
            environment: environment));

        Assert.Equal("DELETE /orders/{id}", Assert.Single(finding.Routes));
        Assert.Equal(environment == "Production" ? PitfallSeverity.Error : PitfallSeverity.Warning, finding.Severity);
        Assert.Contains("GET /orders/, POST /orders/", finding.Message, StringComparison.Ordinal);
        Assert.Contains("the policy \"Staff\"", finding.Message, StringComparison.Ordinal);
        Assert.Contains("app.MapGroup(\"/orders\").RequireAuthorization(\"Staff\")", finding.Fix, StringComparison.Ordinal);
        Assert.Equal("UnguardedSiblingOnKestrelTests.cs", finding.Location?.File);
    }

    [Fact]
    public async Task Flags_an_endpoint_mapped_beside_the_guarded_group()
    {
        var finding = Assert.Single(await FindAsync(app =>
        {
            var api = app.MapGroup("/api").RequireAuthorization();
            api.MapGet("/orders", () => "");
            api.MapGet("/orders/{id}", (int id) => "");
            api.MapPut("/orders/{id}", (int id) => "");
            api.MapGet("/customers", () => "");
            app.MapPost("/api/export", () => "");
        }));

        Assert.Equal("POST /api/export", Assert.Single(finding.Routes));
        Assert.Contains("inside the group that has .RequireAuthorization()", finding.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flags_under_a_versioned_start_and_with_every_kind_of_demand()
    {
        var findings = await FindAsync(app =>
        {
            app.MapGet("/api/v1/stock", () => "").RequireAuthorization(p => p.RequireClaim("stock"));
            app.MapPost("/api/v1/stock", () => "").WithMetadata(new RequireStockAttribute());
            app.MapPut("/api/v1/stock/{id}", [Authorize(Roles = "Clerk")] (int id) => "");
            app.MapDelete("/api/v1/stock/{id}", (int id) => "");
        });

        Assert.Equal("DELETE /api/v1/stock/{id}", Assert.Single(Assert.Single(findings).Routes));
    }

    [Fact]
    public async Task Flags_an_action_whose_siblings_are_guarded()
    {
        var finding = Assert.Single(await FindAsync(app => app.MapControllers(), s => s.AddOnlyControllers(typeof(GuardedOneByOneController))));

        Assert.Equal("POST /one-by-one/purge", Assert.Single(finding.Routes));
        Assert.Contains("Put [Authorize(Roles = \"Admin\")] on GuardedOneByOneController, or [AllowAnonymous] on Purge", finding.Fix, StringComparison.Ordinal);
        Assert.Equal("Pitfalls.Runtime.IntegrationTests.Startup.GuardedOneByOneController.Purge", finding.Location?.Function);
    }

    [Fact]
    public async Task Flags_beside_filters_that_demand()
    {
        var finding = Assert.Single(await FindAsync(app => app.MapControllers(), s => s.AddOnlyControllers(typeof(GuardedByFiltersController))));

        Assert.Equal("POST /filters/d", Assert.Single(finding.Routes));
    }

    [Fact]
    public async Task Flags_an_endpoint_added_while_the_app_runs()
    {
        var source = new GrowingSource();
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.MapGet("/late/a", () => "").RequireAuthorization();
                a.MapGet("/late/b", () => "").RequireAuthorization();
                ((IEndpointRouteBuilder)a).DataSources.Add(source);
            },
            Guards,
            posture: true);
        Assert.DoesNotContain(await app.FindingsAsync(), f => f.RuleId == "PIT4005");

        source.Add("/late/c", Answer);

        var finding = await app.ExpectAsync("PIT4005");
        Assert.Equal("GET /late/c", Assert.Single(finding.Routes));
    }

    [Fact]
    public async Task Flags_more_than_ten_in_one_finding_with_a_list()
    {
        var finding = Assert.Single(await FindAsync(app =>
        {
            for (var i = 0; i < 60; i++)
            {
                var endpoint = app.MapPost($"/many/{i}", () => "");
                if (i % 3 != 0)
                    endpoint.RequireAuthorization();
            }
        }));

        Assert.Equal(20, finding.Evidence["count"]);
        Assert.Equal(20, finding.Routes.Count);
        Assert.Contains("So it is with 19 more, among them POST /many/3, POST /many/6", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StaysSilent_when_it_is_allowed()
    {
        await AssertSilentAsync(app =>
        {
            app.MapGet("/allowed/a", () => "").RequireAuthorization();
            app.MapGet("/allowed/b", () => "").RequireAuthorization();
            app.MapGet("/allowed/c", () => "").AllowPitfall("PIT4005", "signed by the caller");
        });
    }

    [Fact]
    public async Task StaysSilent_where_anonymous_access_is_said()
    {
        await AssertSilentAsync(app =>
        {
            var group = app.MapGroup("/said").RequireAuthorization();
            group.MapGet("/a", () => "");
            group.MapGet("/b", () => "");
            group.MapGet("/c", () => "").AllowAnonymous();
            app.MapGet("/said/d", [AllowAnonymous] () => "");
            app.MapControllers();
        }, s => s.AddOnlyControllers(typeof(SaidController)));
    }

    [Fact]
    public async Task StaysSilent_with_a_fallback_policy()
    {
        await AssertSilentAsync(OneForgotten, s => s.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build()));
    }

    [Fact]
    public async Task StaysSilent_with_a_filter_for_all_controllers()
    {
        await AssertSilentAsync(
            app => app.MapControllers(),
            s => s.AddOnlyControllers(typeof(GuardedOneByOneController)).Services.Configure<MvcOptions>(o => o.Filters.Add(new AuthorizeFilter())));
    }

    [Fact]
    public async Task StaysSilent_when_conventions_guard_everything()
    {
        await AssertSilentAsync(app => app.MapControllers().RequireAuthorization(), s => s.AddOnlyControllers(typeof(GuardedOneByOneController)));
    }

    [Fact]
    public async Task StaysSilent_where_nobody_is_guarded_or_too_few()
    {
        await AssertSilentAsync(app =>
        {
            app.MapGet("/none/a", () => "");
            app.MapGet("/none/b", () => "");
            app.MapPost("/none/c", () => "");
            app.MapGet("/two/a", () => "").RequireAuthorization();
            app.MapGet("/two/b", () => "");
            app.MapGet("/half/a", () => "").RequireAuthorization();
            app.MapGet("/half/b", () => "").RequireAuthorization();
            app.MapPost("/half/c", () => "");
            app.MapPost("/half/d", () => "");
        });
    }

    [Theory]
    [InlineData("login")]
    [InlineData("Sign-In")]
    [InlineData("register")]
    [InlineData("token")]
    [InlineData("auth/refresh")]
    [InlineData("forgot-password")]
    [InlineData("healthz")]
    [InlineData("health-check")]
    [InlineData("openapi.json")]
    [InlineData("webhooks")]
    public async Task StaysSilent_on_what_must_let_strangers_in(string name)
    {
        await AssertSilentAsync(app =>
        {
            app.MapPost("/account/profile", () => "").RequireAuthorization();
            app.MapPost("/account/orders", () => "").RequireAuthorization();
            app.MapGet("/account/invoices", () => "").RequireAuthorization();
            app.MapPost("/account/" + name, () => "");
        });
    }

    [Fact]
    public async Task StaysSilent_where_everybody_may_read_and_some_may_write()
    {
        await AssertSilentAsync(
            app =>
            {
                app.MapGet("/posts", () => "");
                app.MapPost("/posts", () => "").RequireAuthorization();
                app.MapPut("/posts/{id}", (int id) => "").RequireAuthorization();
                app.MapDelete("/posts/{id}", (int id) => "").RequireAuthorization();
                app.MapControllers();
                app.MapControllerRoute("default", "{controller=Home}/{action=Index}/{id?}");
            },
            s => s.AddOnlyControllers(typeof(ScaffoldedController)));
    }

    [Fact]
    public async Task StaysSilent_on_preflights_fallbacks_and_separate_words()
    {
        await AssertSilentAsync(app =>
        {
            app.MapGet("/items/a", () => "").RequireAuthorization();
            app.MapGet("/items/b", () => "").RequireAuthorization();
            app.MapGet("/items/c", () => "").RequireAuthorization();
            app.MapMethods("/items/c", ["OPTIONS"], () => "");
            app.MapFallback("/items/{**path}", () => "");
            app.MapGet("/weather", () => "");
            app.MapGet("/", () => "");
        });
    }

    [Fact]
    public async Task StaysSilent_with_a_provider_that_alone_knows_the_fallback_policy()
    {
        await using var app = await TestApp.StartAsync(OneForgotten, s =>
        {
            Guards(s);
            s.AddSingleton<IAuthorizationPolicyProvider, OwnProvider>();
        }, posture: true);

        Assert.DoesNotContain(await app.FindingsAsync(), f => f.RuleId == "PIT4005");
        Assert.Contains("only that knows the fallback policy", await app.Client.GetStringAsync("/_pitfalls/api/status"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limitation_a_group_guarded_by_an_endpoint_filter_counts_as_unguarded()
    {
        Assert.Equal("GET /filtered/c", Assert.Single(Assert.Single(await FindAsync(app =>
        {
            app.MapGet("/filtered/a", () => "").RequireAuthorization();
            app.MapGet("/filtered/b", () => "").RequireAuthorization();
            app.MapGet("/filtered/c", () => "").AddEndpointFilter((context, next) => next(context));
        })).Routes));
    }

    private static void OneForgotten(WebApplication app)
    {
        app.MapGet("/forgotten/a", () => "").RequireAuthorization();
        app.MapGet("/forgotten/b", () => "").RequireAuthorization();
        app.MapPost("/forgotten/c", () => "");
    }

    private static Task Answer(HttpContext context) => context.Response.WriteAsync("");

    private static void Guards(IServiceCollection services)
    {
        services.AddAuthentication();
        services.AddAuthorizationBuilder().AddPolicy("Staff", p => p.RequireRole("Staff"));
    }

    private static Task<IReadOnlyList<Finding>> FindAsync(Action<WebApplication> app, Action<IServiceCollection>? services = null, string environment = "Development") =>
        Posture.FindAsync("PIT4005", app, s =>
        {
            Guards(s);
            services?.Invoke(s);
        }, environment);

    private static async Task AssertSilentAsync(Action<WebApplication> app, Action<IServiceCollection>? services = null) => Assert.Empty(await FindAsync(app, services));

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class RequireStockAttribute : Attribute, IAuthorizationRequirementData
    {
        public IEnumerable<IAuthorizationRequirement> GetRequirements() => throw new InvalidOperationException("nobody but the framework asks");
    }

    private sealed class OwnProvider : IAuthorizationPolicyProvider
    {
        public Task<AuthorizationPolicy> GetDefaultPolicyAsync() => Task.FromResult(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());

        public Task<AuthorizationPolicy?> GetFallbackPolicyAsync() => Task.FromResult<AuthorizationPolicy?>(null);

        public Task<AuthorizationPolicy?> GetPolicyAsync(string policyName) => Task.FromResult<AuthorizationPolicy?>(null);
    }

    private sealed class GrowingSource : EndpointDataSource
    {
        private readonly List<Endpoint> _endpoints = [];
        private CancellationTokenSource _change = new();

        public override IReadOnlyList<Endpoint> Endpoints => [.. _endpoints];

        public override IChangeToken GetChangeToken() => new CancellationChangeToken(_change.Token);

        public void Add(string pattern, RequestDelegate handler)
        {
            _endpoints.Add(new RouteEndpointBuilder(handler, Microsoft.AspNetCore.Routing.Patterns.RoutePatternFactory.Parse(pattern), 0)
            {
                Metadata = { new HttpMethodMetadata(["GET"]) },
            }.Build());
            var old = _change;
            _change = new CancellationTokenSource();
            old.Cancel();
        }
    }
}

[Route("one-by-one")]
public class GuardedOneByOneController : ControllerBase
{
    [HttpGet]
    [Authorize(Roles = "Admin")]
    public string List() => "";

    [HttpGet("{id}")]
    [Authorize(Roles = "Admin")]
    public string Get(int id) => "";

    [HttpPut("{id}")]
    [Authorize(Roles = "Admin")]
    public string Change(int id) => "";

    [HttpPost("purge")]
    public string Purge() => "";
}

[Route("filters")]
public class GuardedByFiltersController : ControllerBase
{
    [HttpGet("a")]
    [KnowsTheCaller]
    public string A() => "";

    [HttpGet("b")]
    [TypeFilter<KnowsTheCallerAttribute>]
    public string B() => "";

    [HttpGet("c")]
    [HasPermission]
    public string C() => "";

    [HttpPost("d")]
    [RequireHttps]
    [IgnoreAntiforgeryToken]
    public string D() => "";
}

[Route("said-too")]
[Authorize]
public class SaidController : ControllerBase
{
    [HttpGet("a")]
    public string A() => "";

    [HttpGet("b")]
    public string B() => "";

    [HttpPost("c")]
    [AllowAnonymous]
    public string C() => "";
}

public class ScaffoldedController : Controller
{
    public string Index() => "";

    public string Details(int id) => "";

    [Authorize]
    public string Create() => "";

    [Authorize]
    [HttpPost]
    public string Create(string name) => "";

    [Authorize]
    public string Edit(int id) => "";

    [Authorize]
    [HttpPost]
    public string Edit(int id, string name) => "";

    [Authorize]
    [HttpPost]
    public string Delete(int id) => "";
}

[AttributeUsage(AttributeTargets.Method)]
public sealed class KnowsTheCallerAttribute : Attribute, IAuthorizationFilter
{
    public void OnAuthorization(AuthorizationFilterContext context)
    {
    }
}

[AttributeUsage(AttributeTargets.Method)]
public sealed class HasPermissionAttribute : Attribute;
