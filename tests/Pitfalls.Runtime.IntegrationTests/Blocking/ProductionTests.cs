using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;

using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.IntegrationTests.Blocking;

/// <summary>Few requests carry a scope in Production; the others are known by the endpoint's handler on the stack.</summary>
[Collection(AloneInTheProcess.Name)]
public class ProductionTests
{
    [Theory]
    [InlineData("/minimal", "GET /minimal")]
    [InlineData("/production-action", "GET /production-action")]
    public async Task Flags_requests_that_are_not_sampled_with_their_route(string path, string route)
    {
        await using var app = await StartAsync();
        // Every request is sampled at first.
        for (var i = 0; i < RequestScopes.FirstRequests; i++)
            await app.Client.GetStringAsync("/");

        for (var i = 0; i < 3; i++)
        {
            // The one that is due now and then is this one.
            await app.Client.GetStringAsync("/");
            await app.Client.GetStringAsync(path);
        }

        await app.CatchUpAsync();
        var finding = Assert.Single(await app.FindingsAsync(), f => f.RuleId == "PIT1001");
        Assert.Equal(3, finding.Count);
        Assert.Equal(route, Assert.Single(finding.Routes));
        Assert.StartsWith(route, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StaysSilent_about_waits_that_only_matter_in_development()
    {
        await using var app = await StartAsync();

        await app.Client.GetStringAsync("/short");
        await app.CatchUpAsync();
        await app.AssertSilentAsync("PIT1001", "PIT1002");

        await app.BlockUntilFoundAsync("/minimal", nameof(Block));
    }

    private static async Task<TestApp> StartAsync()
    {
        var app = await TestApp.StartAsync(
            a =>
            {
                a.MapGet("/", () => "");
                a.MapGet("/minimal", () => Block());
                a.MapGet("/short", () => new ManualResetEventSlim().Wait(20));
                a.MapControllers();
            },
            services => services.AddOnlyControllers(typeof(ProductionController)),
            environment: "Production");
        await app.WatchesAsync();
        return app;
    }

    internal static void Block() => Task.Delay(150).Wait();
}

[ApiController]
public sealed class ProductionController : ControllerBase
{
    [HttpGet("/production-action")]
    public string Get()
    {
        ProductionTests.Block();
        return "";
    }
}
