using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Startup;

/// <summary>PIT4006 RepeatedAuthorization through a real host.</summary>
public class RepeatedAuthorizationOnKestrelTests
{
    [Fact]
    public async Task Flags_the_same_policy_on_each_endpoint_of_a_group()
    {
        var finding = Assert.Single(await FindAsync(app =>
        {
            var orders = app.MapGroup("/orders");
            orders.MapGet("/", () => "").RequireAuthorization("Staff");
            orders.MapPost("/", () => "").RequireAuthorization("Staff");
            orders.MapDelete("/{id}", (int id) => "").RequireAuthorization("Staff");
            orders.MapGet("/prices", () => "").AllowAnonymous();
        }));

        Assert.Equal(["GET /orders/", "POST /orders/", "DELETE /orders/{id}"], finding.Routes);
        Assert.Contains("Each of the 3 endpoints of /orders demands the policy \"Staff\" by itself", finding.Message, StringComparison.Ordinal);
        Assert.Contains("app.MapGroup(\"/orders\").RequireAuthorization(\"Staff\")", finding.Fix, StringComparison.Ordinal);
        Assert.Equal(PitfallSeverity.Info, finding.Severity);
        Assert.Equal("RepeatedAuthorizationOnKestrelTests.cs", finding.Location?.File);
    }

    [Fact]
    public async Task Flags_attributes_and_calls_alike()
    {
        var finding = Assert.Single(await FindAsync(app =>
        {
            app.MapGet("/stock", [Authorize(Roles = "Clerk")] () => "");
            app.MapPost("/stock", () => "").RequireAuthorization(new AuthorizeAttribute { Roles = "Clerk" });
            app.MapPut("/stock/{id}", [Authorize(Roles = "Clerk")] (int id) => "");
        }));

        Assert.Equal("the role \"Clerk\"", finding.Evidence["demand"]);
    }

    [Fact]
    public async Task Flags_every_action_of_a_controller()
    {
        var finding = Assert.Single(await FindAsync(app => app.MapControllers(), s => s.AddOnlyControllers(typeof(RepeatingController))));

        Assert.Contains("Put [Authorize(Roles = \"Admin\")] on RepeatingController", finding.Fix, StringComparison.Ordinal);
        Assert.Equal(3, finding.Evidence["endpoints"]);
    }

    [Fact]
    public async Task StaysSilent_where_the_group_or_the_controller_says_it()
    {
        Assert.Empty(await FindAsync(app =>
        {
            var group = app.MapGroup("/group").RequireAuthorization("Staff");
            group.MapGet("/a", () => "");
            group.MapGet("/b", () => "");
            group.MapPost("/c", () => "");
            app.MapControllers();
        }, s => s.AddOnlyControllers(typeof(SaidOnceController), typeof(SaidByBaseController))));
    }

    [Fact]
    public async Task StaysSilent_when_a_convention_says_it_for_all_controllers() =>
        Assert.Empty(await FindAsync(app => app.MapControllers().RequireAuthorization(), s => s.AddOnlyControllers(typeof(OpenEverywhereController))));

    [Fact]
    public async Task StaysSilent_when_a_filter_says_it_for_all_controllers() =>
        Assert.Empty(await FindAsync(app => app.MapControllers(), s => s.AddOnlyControllers(typeof(OpenEverywhereController)).AddMvcOptions(o => o.Filters.Add(new AuthorizeFilter()))));

    [Fact]
    public async Task StaysSilent_where_demands_differ_or_are_too_few()
    {
        Assert.Empty(await FindAsync(app =>
        {
            app.MapGet("/two/a", () => "").RequireAuthorization();
            app.MapGet("/two/b", () => "").RequireAuthorization();
            app.MapGet("/different/a", () => "").RequireAuthorization("Staff");
            app.MapGet("/different/b", () => "").RequireAuthorization("Staff");
            app.MapGet("/different/c", () => "").RequireAuthorization("Boss");
            app.MapGet("/open/a", () => "").RequireAuthorization();
            app.MapGet("/open/b", () => "").RequireAuthorization();
            app.MapGet("/open/c", () => "").RequireAuthorization();
            app.MapGet("/open/d", () => "");
            app.MapGet("/own/a", () => "").RequireAuthorization(p => p.RequireClaim("a"));
            app.MapGet("/own/b", () => "").RequireAuthorization(p => p.RequireClaim("b"));
            app.MapGet("/own/c", () => "").RequireAuthorization(p => p.RequireClaim("c"));
            app.MapGet("/permissions/a", [HasPermission] () => "");
            app.MapGet("/permissions/b", [HasPermission] () => "");
            app.MapGet("/permissions/c", [HasPermission] () => "");
            app.MapMethods("/one-handler", ["GET", "POST", "PUT"], () => "").RequireAuthorization();
            app.MapGet("/allowed/a", () => "").RequireAuthorization().AllowPitfall("PIT4006", "as it is");
            app.MapGet("/allowed/b", () => "").RequireAuthorization();
            app.MapGet("/allowed/c", () => "").RequireAuthorization();
        }));
    }

    [Fact]
    public async Task StaysSilent_where_each_endpoint_is_a_class_of_its_own()
    {
        Assert.Empty(await FindAsync(app =>
        {
            ListTeas.Map(app);
            MakeTea.Map(app);
            DropTea.Map(app);
        }));
    }

    [Fact]
    public async Task StaysSilent_in_production() => Assert.Empty(await FindAsync(Repeat, environment: "Production"));

    [Fact]
    public async Task Limitation_folders_of_pages_and_policies_made_on_the_spot_are_not_compared() =>
        Assert.Empty(await FindAsync(app =>
        {
            app.MapGet("/same/a", () => "").RequireAuthorization(p => p.RequireClaim("a"));
            app.MapGet("/same/b", () => "").RequireAuthorization(p => p.RequireClaim("a"));
            app.MapGet("/same/c", () => "").RequireAuthorization(p => p.RequireClaim("a"));
        }));

    private static void Repeat(WebApplication app)
    {
        app.MapGet("/repeat/a", () => "").RequireAuthorization();
        app.MapGet("/repeat/b", () => "").RequireAuthorization();
        app.MapGet("/repeat/c", () => "").RequireAuthorization();
    }

    private static Task<IReadOnlyList<Finding>> FindAsync(Action<WebApplication> app, Action<IServiceCollection>? services = null, string environment = "Development") =>
        Posture.FindAsync("PIT4006", app, s =>
        {
            s.AddAuthentication();
            s.AddAuthorizationBuilder().AddPolicy("Staff", p => p.RequireRole("Staff")).AddPolicy("Boss", p => p.RequireRole("Boss"));
            services?.Invoke(s);
        }, environment);
}

internal static class ListTeas
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/teas", () => "").RequireAuthorization();
}

internal static class MakeTea
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/teas", () => "").RequireAuthorization();
}

internal static class DropTea
{
    public static void Map(IEndpointRouteBuilder app) => app.MapDelete("/teas/{id}", (int id) => "").RequireAuthorization();
}

[Route("repeating")]
public class RepeatingController : ControllerBase
{
    [HttpGet]
    [Authorize(Roles = "Admin")]
    public string List() => "";

    [HttpPost]
    [Authorize(Roles = "Admin")]
    public string Make() => "";

    [HttpDelete("{id}")]
    [Authorize(Roles = "Admin")]
    public string Drop(int id) => "";

    [HttpGet("open")]
    [AllowAnonymous]
    public string Open() => "";
}

[Route("said-once")]
[Authorize]
public class SaidOnceController : ControllerBase
{
    [HttpGet]
    public string List() => "";

    [HttpPost]
    public string Make() => "";

    [HttpDelete("{id}")]
    public string Drop(int id) => "";
}

[Authorize]
public abstract class GuardedBase : ControllerBase;

[Route("said-by-base")]
public class SaidByBaseController : GuardedBase
{
    [HttpGet]
    public string List() => "";

    [HttpPost]
    public string Make() => "";

    [HttpDelete("{id}")]
    public string Drop(int id) => "";
}

[Route("open-everywhere")]
public class OpenEverywhereController : ControllerBase
{
    [HttpGet]
    public string List() => "";

    [HttpPost]
    public string Make() => "";

    [HttpDelete("{id}")]
    public string Drop(int id) => "";
}
