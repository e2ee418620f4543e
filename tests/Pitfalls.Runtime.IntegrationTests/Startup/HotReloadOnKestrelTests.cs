using System.Reflection;
using System.Reflection.Emit;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Signals.Startup.Hosting;

namespace Pitfalls.Runtime.IntegrationTests.Startup;

/// <summary>Changes variables of the process, so it runs alone.</summary>
[Collection(nameof(HotReloadOnKestrelTests))]
[CollectionDefinition(nameof(HotReloadOnKestrelTests), DisableParallelization = true)]
public class HotReloadOnKestrelTests
{
    [Theory]
    [InlineData("DOTNET_WATCH", "1", "dotnet watch")]
    [InlineData("ASPNETCORE_HOSTINGSTARTUPASSEMBLIES", "Microsoft.AspNetCore.Watch.BrowserRefresh", "browser refresh")]
    public async Task Flags_what_dotnet_watch_sets(string variable, string value, string kind)
    {
        var before = Environment.GetEnvironmentVariable(variable);
        await using var app = await TestApp.StartAsync(_ => { }, environment: "Production", posture: true);
        Environment.SetEnvironmentVariable(variable, value);
        try
        {
            // The variables are read when the survey looks: a host must not try to load the agent in this test.
            Assert.Contains(kind, app.Services.GetRequiredService<HotReloadTraces>().Read(new HashSet<string>()));
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, before);
        }
    }

    [Fact]
    public async Task Flags_a_watched_app_in_Production_and_not_in_Development()
    {
        Environment.SetEnvironmentVariable("DOTNET_WATCH", "1");
        try
        {
            Assert.Equal(PitfallSeverity.Error, Assert.Single(await FindAsync("Production")).Severity);
            Assert.Empty(await FindAsync("Development"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("DOTNET_WATCH", null);
        }
    }

    [Fact]
    public async Task Flags_pages_compiled_at_run_time()
    {
        // A stand-in of that name: the package drags half a compiler along.
        var compiler = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Microsoft.AspNetCore.Mvc.Razor.RuntimeCompilation"), AssemblyBuilderAccess.RunAndCollect)
            .DefineDynamicModule("compiler").DefineType("RuntimeViewCompilerProvider", TypeAttributes.Public).CreateType();

        var finding = Assert.Single(await Posture.FindAsync("PIT7008", _ => { }, s => s.AddSingleton(compiler), "Production"));

        Assert.Contains("Razor run-time compilation", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StaysSilent_on_a_published_app() => Assert.Empty(await FindAsync("Production"));

    private static Task<IReadOnlyList<Finding>> FindAsync(string environment) => Posture.FindAsync("PIT7008", app => app.UseStaticFiles(), environment: environment);
}
