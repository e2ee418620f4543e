using System.Reflection;
using System.Reflection.Emit;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.IntegrationTests.Blocking;

/// <summary>Every way to allow a blocked thread on purpose; each beside the same code without it.</summary>
[Collection(AloneInTheProcess.Name)]
public class AllowedBlockingTests
{
    [Fact]
    public Task StaysSilent_where_an_attribute_allows_it_on_the_method() =>
        AssertAllowedAsync(a => a.MapGet("/allowed", () => AllowedMethod()));

    [Fact]
    public Task StaysSilent_where_an_attribute_allows_it_on_an_async_method_after_an_await() =>
        AssertAllowedAsync(a => a.MapGet("/allowed", () => AllowedAsync()));

    [Fact]
    public Task StaysSilent_where_an_attribute_allows_it_on_the_type() =>
        AssertAllowedAsync(a => a.MapGet("/allowed", () => AllowedType.Block()));

    [Fact]
    public Task StaysSilent_where_an_attribute_allows_it_on_the_assembly()
    {
        var block = AllowedAssembly();
        return AssertAllowedAsync(a => a.MapGet("/allowed", () => block(60)), settings: new()
        {
            ["Pitfalls:UserAssemblies:0"] = typeof(AllowedBlockingTests).Assembly.GetName().Name,
            ["Pitfalls:UserAssemblies:1"] = block.Method.Module.Assembly.GetName().Name,
        });
    }

    [Fact]
    public Task StaysSilent_where_endpoint_metadata_allows_it() =>
        AssertAllowedAsync(a => a.MapGet("/allowed", () => Block()).AllowPitfall("PIT1001", "a test"));

    [Fact]
    public Task StaysSilent_where_a_groups_metadata_allows_it_by_the_rules_name() =>
        AssertAllowedAsync(a => a.MapGroup("").AllowPitfall("BlockedRequestThread", "a test").MapGet("/allowed", () => Block()));

    [Fact]
    public Task StaysSilent_where_an_attribute_allows_it_on_an_action() =>
        AssertAllowedAsync(a => a.MapControllers(), services => services.AddOnlyControllers(typeof(AllowedBlockingController)));

    [Fact]
    public Task StaysSilent_where_a_scope_allows_it() =>
        AssertAllowedAsync(a => a.MapGet("/allowed", () =>
        {
            using (Pitfall.Allow("PIT1001", "a test"))
                Block();
        }));

    [Fact]
    public Task StaysSilent_where_a_scope_allows_it_across_an_await() =>
        AssertAllowedAsync(a => a.MapGet("/allowed", async () =>
        {
            using (Pitfall.Allow("PIT1001", "a test"))
            {
                await Task.Delay(20).ConfigureAwait(false);
                Block();
            }
        }));

    [Theory]
    [InlineData("GET /allowed")]
    [InlineData("/allowed")]
    [InlineData("*.AllowedBlockingTests.StaysSilent_where_configuration_allows_it+lambda")]
    public Task StaysSilent_where_configuration_allows_it(string where) =>
        AssertAllowedAsync(
            // In the lambda itself: the place is the frame that blocks.
            a => a.MapGet("/allowed", () => Task.Delay(60).Wait()),
            settings: new() { ["Pitfalls:Allow:0:Rule"] = "PIT1001", ["Pitfalls:Allow:0:Where"] = where, ["Pitfalls:Allow:0:Reason"] = "a test" });

    [Fact]
    public async Task Flags_after_the_scope_that_allowed_it()
    {
        await using var app = await TestApp.StartAsync(a => a.MapGet("/after", () =>
        {
            using (Pitfall.Allow("PIT1001", "a test"))
                Block();
            Flagged();
        }));
        await app.WatchesAsync();

        await app.BlockUntilFoundAsync("/after", nameof(Flagged));

        Assert.Single(await app.FindingsAsync(), f => f.RuleId == "PIT1001");
    }

    [Fact]
    public async Task Flags_where_another_rule_is_allowed()
    {
        await using var app = await TestApp.StartAsync(a => a.MapGet("/other", () => Flagged()).AllowPitfall("PIT1002", "a test"));
        await app.WatchesAsync();

        await app.BlockUntilFoundAsync("/other", nameof(Flagged));
    }

    private static async Task AssertAllowedAsync(Action<WebApplication> map, Action<IServiceCollection>? services = null, Dictionary<string, string?>? settings = null)
    {
        await using var app = await TestApp.StartAsync(
            a =>
            {
                map(a);
                a.MapGet("/flagged", () => Flagged());
            },
            services,
            settings: settings);
        await app.WatchesAsync();
        var reporter = app.Services.GetRequiredService<PitfallReporter>();

        // Until it has been seen and let pass: a silence without that would prove nothing.
        var tries = 0;
        for (; tries < 20 && reporter.Allowed == 0; tries++)
        {
            await app.Client.GetStringAsync("/allowed");
            await app.CatchUpAsync();
        }

        Assert.True(reporter.Allowed > 0, "nothing was seen that could be allowed");
        await app.AssertSilentAsync("PIT1001");
        var flagged = await app.BlockUntilFoundAsync("/flagged", nameof(Flagged));
        Assert.Equal("GET /flagged", Assert.Single(flagged.Routes));
    }

    private static void Block() => Task.Delay(60).Wait();

    private static void Flagged() => Task.Delay(60).Wait();

    [AllowPitfall("PIT1001", "a test")]
    private static void AllowedMethod() => Task.Delay(60).Wait();

    [AllowPitfall("PIT1001", "a test")]
    private static async Task AllowedAsync()
    {
        await Task.Delay(20);
        Task.Delay(60).Wait();
    }

    /// <summary>An assembly that allows it as a whole, with a method that sleeps on a task.</summary>
    private static Action<int> AllowedAssembly()
    {
        var allow = new CustomAttributeBuilder(typeof(AllowPitfallAttribute).GetConstructor([typeof(string), typeof(string)])!, ["PIT1001", "a test"]);
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("AllowedAsAWhole"), AssemblyBuilderAccess.Run, [allow]);
        var type = assembly.DefineDynamicModule("AllowedAsAWhole").DefineType("Allowed", TypeAttributes.Public);
        var il = type.DefineMethod("Block", MethodAttributes.Public | MethodAttributes.Static, typeof(void), [typeof(int)]).GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Call, typeof(Task).GetMethod(nameof(Task.Delay), [typeof(int)])!);
        il.Emit(OpCodes.Callvirt, typeof(Task).GetMethod(nameof(Task.Wait), [])!);
        il.Emit(OpCodes.Ret);
        return type.CreateType().GetMethod("Block")!.CreateDelegate<Action<int>>();
    }

    [AllowPitfall("PIT1001", "a test")]
    private static class AllowedType
    {
        public static void Block() => Task.Delay(60).Wait();
    }
}

[ApiController]
public sealed class AllowedBlockingController : ControllerBase
{
    [HttpGet("/allowed")]
    [AllowPitfall("PIT1001", "a test")]
    public string Get()
    {
        Task.Delay(60).Wait();
        return "";
    }
}
