using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;

namespace Pitfalls.Runtime.IntegrationTests.Responses;

/// <summary>A finding names the route as its author wrote it, in every style of routing, and never a raw path.</summary>
public class RouteNamesTests
{
    [Theory]
    [InlineData("/plain/7", "GET /plain/{id}")]
    [InlineData("/api/v1/users/7", "GET /api/v1/users/{id}")]
    [InlineData("/legacy/7", "GET /legacy/{id:int}")]
    [InlineData("/Conventional/Show/7", "GET /Conventional/Show/{id?}")]
    [InlineData("/terminal/7", "GET (no endpoint)")]
    [InlineData("/branch/deep/7", "GET (no endpoint)")]
    public async Task Endpoint_routing(string path, string route)
    {
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.Use((context, next) => context.Request.Path.StartsWithSegments("/terminal") ? context.Response.WriteAsJsonAsync<Thing?>(null) : next());
                a.Map("/branch", branch => branch.Run(context => context.Response.WriteAsJsonAsync<Thing?>(null)));
                a.MapGet("plain/{id}", Thing? (int id) => null);
                a.MapGroup("/api/v1").MapGroup("users").MapGet("/{id}", Thing? (int id) => null);
                a.MapControllers();
                a.MapControllerRoute("default", "{controller=Home}/{action=Index}/{id?}");
            },
            s => s.AddControllers().AddApplicationPart(typeof(RouteNamesTests).Assembly));

        await app.Client.GetStringAsync(path);

        Assert.Equal(route, Assert.Single((await app.ExpectAsync("PIT3001")).Routes));
    }

    [Theory]
    [InlineData("/legacy/7", "GET /legacy/{id:int}", "LegacyController.Get")]
    [InlineData("/Conventional/Show/7", "GET /Conventional/Show/{id?}", "ConventionalController.Show")]
    public async Task Legacy_UseMvc_routing_has_no_endpoint_but_an_action(string path, string route, string function)
    {
        await using var app = await TestApp.StartAsync(
            a => a.UseMvc(routes => routes.MapRoute("default", "{controller=Home}/{action=Index}/{id?}")),
            s => s.AddMvc(o => o.EnableEndpointRouting = false).AddApplicationPart(typeof(RouteNamesTests).Assembly));

        await app.Client.GetStringAsync(path);

        var finding = await app.ExpectAsync("PIT3001");
        Assert.Equal(route, Assert.Single(finding.Routes));
        Assert.EndsWith(function, finding.Location?.Function, StringComparison.Ordinal);
        Assert.Equal("RouteNamesTests.cs", finding.Location?.File);
    }

    [Fact]
    public async Task A_made_up_method_does_not_become_part_of_a_route()
    {
        await using var app = await TestApp.StartAsync(a => a.Run(context => context.Response.WriteAsJsonAsync<Thing?>(null)));

        using var response = await app.Client.SendAsync(new HttpRequestMessage(new HttpMethod("CANARY"), "/x"));
        await response.Content.ReadAsStringAsync();

        Assert.Equal("_OTHER (no endpoint)", Assert.Single((await app.ExpectAsync("PIT3001")).Routes));
    }
}

[Route("legacy")]
public class LegacyController : Controller
{
    [HttpGet("{id:int}")]
    public IActionResult Get(int id) => new JsonResult(null);

    [HttpPost("{id:int}")]
    public IActionResult Post(int id) => new JsonResult(1);
}

public class ConventionalController : Controller
{
    public IActionResult Show(int id) => new JsonResult(null);
}
