using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.ReleaseApp;

namespace Pitfalls.Runtime.IntegrationTests.Errors;

/// <summary>PIT6001 through real hosts: every shape of code, optimised, in every layer.</summary>
public class SwallowedExceptionOnKestrelTests
{
    private const string Id = "PIT6001";

    [Fact]
    public async Task Flags_every_way_to_let_an_exception_vanish_is_found_at_its_clause()
    {
        await using var app = await TestApp.StartAsync(a =>
        {
            foreach (var (name, way) in Vanishing.All)
                a.MapGet("/" + name, async () => await way(new Thrower(), NullLogger.Instance));
        });

        foreach (var name in Vanishing.All.Keys)
            await app.Client.GetStringAsync("/" + name);

        var found = (await app.FindingsAsync()).Where(f => f.RuleId == Id).ToList();
        Assert.Equal(Vanishing.All.Keys.Select(name => "GET /" + name).Order(), found.SelectMany(f => f.Routes).Order());
        Assert.All(found, finding =>
        {
            Assert.Equal("Catches.cs", finding.Location!.File);
            Assert.NotNull(finding.Location.Line);
            Assert.Equal(finding.Routes[0] == "GET /parse" ? "System.FormatException" : "System.InvalidOperationException", finding.Evidence["exception"]);
            Assert.DoesNotContain("secret-word", finding.Message + string.Join(' ', finding.Evidence.Values), StringComparison.Ordinal);
        });
        Assert.Equal(found.Count, found.Select(f => f.Fingerprint).Distinct().Count());
        var lines = await File.ReadAllLinesAsync(SourceFile());
        Assert.All(found, finding => Assert.Contains("catch", lines[finding.Location!.Line!.Value - 1], StringComparison.Ordinal));
    }

    [Fact]
    public async Task StaysSilent_where_it_is_handled()
    {
        await using var app = await TestApp.StartAsync(a =>
        {
            foreach (var (name, way) in Handled.All)
                a.MapGet("/" + name, async (ILoggerFactory logs) => await way(new Thrower(), logs.CreateLogger("app")));
        });

        foreach (var name in Handled.All.Keys)
            await app.Client.GetStringAsync("/" + name);

        await app.AssertSilentAsync(Id);
    }

    [Fact]
    public async Task Flags_it_in_middleware_in_controllers_and_in_services_behind_interfaces()
    {
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.Use(async (context, next) =>
                {
                    try
                    {
                        Fail();
                    }
                    catch
                    {
                        context.Items["failed"] = true;
                    }

                    await next(context);
                });
                a.MapControllers();
                a.MapGet("/service", (IPrices prices) => prices.Today());
            },
            s =>
            {
                s.AddControllers().AddApplicationPart(typeof(SwallowedExceptionOnKestrelTests).Assembly);
                s.AddScoped<IPrices, Prices>();
            });

        await app.Client.GetAsync("/service");
        await app.Client.GetAsync("/swallowing/action");

        var found = (await app.FindingsAsync()).Where(f => f.RuleId == Id).ToList();
        Assert.Equal(
            ["Errors.Prices.Today", "Errors.SwallowedExceptionOnKestrelTests.Flags_it_in_middleware_in_controllers_and_in_services_behind_interfaces+lambda", "Errors.SwallowingController.Act"],
            found.Select(f => f.Location!.Function["Pitfalls.Runtime.IntegrationTests.".Length..].Replace("+lambda+lambda", "+lambda", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(2, Assert.Single(found, f => f.Location!.Function.Contains("lambda", StringComparison.Ordinal)).Count);
    }

    [Fact]
    public async Task Flags_it_in_production_too()
    {
        await using var app = await TestApp.StartAsync(a => a.MapGet("/", (IPrices prices) => prices.Today()), s => s.AddScoped<IPrices, Prices>(), "Production");

        await app.Client.GetAsync("/");

        Assert.Equal(["GET /"], Assert.Single(await app.FindingsAsync(), f => f.RuleId == Id).Routes);
    }

    [Fact]
    public async Task Flags_it_in_hosted_services_and_what_they_call()
    {
        await using var app = await TestApp.StartAsync(services: s =>
        {
            s.AddSingleton<IPrices, Prices>();
            s.AddHostedService<SwallowingWorker>();
        });

        await app.Services.GetServices<IHostedService>().OfType<SwallowingWorker>().Single().ExecuteTask!;

        var found = (await app.FindingsAsync()).Where(f => f.RuleId == Id).ToList();
        Assert.Equal(["Prices.Today", "SwallowingWorker.ExecuteAsync"], found.Select(f => f.Location!.Function["Pitfalls.Runtime.IntegrationTests.Errors.".Length..]).Order(StringComparer.Ordinal));
        Assert.All(found, f => Assert.Empty(f.Routes));
        Assert.All(found, f => Assert.Equal("hosted service", f.Evidence["work"]));
    }

    [Fact]
    public async Task StaysSilent_on_what_an_error_answer_tells_has_not_vanished()
    {
        await using var app = await TestApp.StartAsync(a => a.MapGet("/", (IPrices prices) => prices.Today() == 0 ? Results.StatusCode(503) : Results.Ok()), s => s.AddScoped<IPrices, Prices>());

        await app.Client.GetAsync("/");

        await app.AssertSilentAsync(Id);
    }

    [Fact]
    public async Task It_can_be_allowed_in_every_way()
    {
        await using var app = await TestApp.StartAsync(
            a =>
            {
                a.MapGet("/endpoint", (IPrices prices) => prices.Today()).AllowPitfall(Id, "no price is a price");
                a.MapGet("/attribute", () => AllowedByAttribute());
                a.MapGet("/scope", (IPrices prices) =>
                {
                    using (Pitfall.Allow(Id, "no price is a price"))
                        return prices.Today();
                });
                a.MapGet("/configuration", (IPrices prices) => prices.Today());
            },
            s => s.AddScoped<IPrices, Prices>(),
            settings: [new("Pitfalls:Allow:0:Rule", Id), new("Pitfalls:Allow:0:Where", "GET /configuration"), new("Pitfalls:Allow:0:Reason", "a test")]);

        foreach (var path in (string[])["/endpoint", "/attribute", "/scope", "/configuration"])
            await app.Client.GetStringAsync(path);

        await app.AssertSilentAsync(Id);
    }

    [Fact]
    public async Task Two_hosts_do_not_see_each_others()
    {
        await using var one = await TestApp.StartAsync(a => a.MapGet("/", (IPrices prices) => prices.Today()), s => s.AddScoped<IPrices, Prices>());
        await using var other = await TestApp.StartAsync(a => a.MapGet("/", () => "fine"));

        await one.Client.GetAsync("/");
        await other.Client.GetAsync("/");

        Assert.Single(await one.FindingsAsync(), f => f.RuleId == Id);
        await other.AssertSilentAsync();
    }

    private static string SourceFile([System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "apps", "Pitfalls.Runtime.ReleaseApp", "Catches.cs");

    private static void Fail() => throw new InvalidOperationException("secret-word");

    [AllowPitfall(Id, "no price is a price")]
    private static int AllowedByAttribute()
    {
        try
        {
            Fail();
            return 1;
        }
        catch
        {
            return 0;
        }
    }
}

public interface IPrices
{
    int Today();
}

internal sealed class Prices : IPrices
{
    public int Today()
    {
        try
        {
            return int.Parse("none", System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (Exception)
        {
            return 0;
        }
    }
}

public class SwallowingController : ControllerBase
{
    [HttpGet("/swallowing/action")]
    public async Task<int> Act()
    {
        try
        {
            await Task.Yield();
            throw new TimeoutException();
        }
        catch
        {
            return 1;
        }
    }
}

internal sealed class SwallowingWorker(IPrices prices) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        prices.Today();
        try
        {
            throw new InvalidOperationException();
        }
        catch (Exception)
        {
        }

        try
        {
            throw new OperationCanceledException();
        }
        catch (Exception)
        {
        }
    }
}
