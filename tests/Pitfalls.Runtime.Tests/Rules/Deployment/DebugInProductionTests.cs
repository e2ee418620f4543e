using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.Rules.Deployment;
using Pitfalls.Runtime.Signals.Startup.Hosting;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.Deployment;

public class DebugInProductionTests
{
    private static readonly HostPosture s_good = new() { EnvironmentName = "Production", DefaultLogLevel = LogLevel.Information };

    [Theory]
    [InlineData("Production")]
    [InlineData("production")]
    [InlineData("Prod")]
    public void Flags_a_debug_build(string environment) =>
        Assert.Contains("Shop runs as", Judge(s_good with { EnvironmentName = environment, DebugBuild = "Shop" }).Single.Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("Microsoft.AspNetCore.Diagnostics.DeveloperExceptionPageMiddlewareImpl", "DeveloperExceptionPage")]
    [InlineData("Microsoft.AspNetCore.Diagnostics.EntityFrameworkCore.MigrationsEndPointMiddleware", "MigrationsEndPoint")]
    public void Flags_pages_for_developers(string middleware, string name) =>
        Assert.Contains($"holds {name},", Judge(s_good with { Middleware = new HashSet<string> { middleware } }).Single.Message, StringComparison.Ordinal);

    [Fact]
    public void Flags_each_switch_of_its_own()
    {
        var reporter = Judge(s_good with { DetailedErrors = ["HubOptions.EnableDetailedErrors", "the key \"detailedErrors\""], LogsSensitiveData = ["ShopContext"], ShowsPersonalData = true });

        Assert.Equal(4, reporter.Reports.Select(r => r.Occurrence.Subject).Distinct().Count());
    }

    [Theory]
    [InlineData(LogLevel.Trace)]
    [InlineData(LogLevel.Debug)]
    public void Flags_a_chatty_default(LogLevel level) => Assert.Equal("log-level", Judge(s_good with { DefaultLogLevel = level }).Single.Subject);

    [Fact]
    public void Flags_Development_in_a_container_that_others_reach() =>
        Assert.Equal("development-in-a-container", Judge(InContainer("http://[::]:8080")).Single.Subject);

    [Fact]
    public void StaysSilent_on_Development_in_a_container_on_loopback() => Assert.Empty(Judge(InContainer()).Reports);

    [Fact]
    public void StaysSilent_on_Development_outside_a_container() => Assert.Empty(Judge(InContainer("http://[::]:8080") with { RunsInContainer = false }).Reports);

    [Theory]
    [InlineData("Development")]
    [InlineData("Staging")]
    [InlineData("Testing")]
    public void StaysSilent_in_other_environments(string environment) => Assert.Empty(Judge(s_good with
    {
        EnvironmentName = environment,
        DebugBuild = "Shop",
        Middleware = new HashSet<string> { "Microsoft.AspNetCore.Diagnostics.DeveloperExceptionPageMiddlewareImpl" },
        DetailedErrors = ["x"],
        LogsSensitiveData = ["ShopContext"],
        ShowsPersonalData = true,
        DefaultLogLevel = LogLevel.Trace,
    }).Reports);

    [Fact]
    public void StaysSilent_on_a_release_build_with_nothing_on() => Assert.Empty(Judge(s_good).Reports);

    [Fact]
    public void StaysSilent_on_the_debug_build_of_an_in_memory_test() => Assert.Empty(Judge(s_good with { DebugBuild = "Shop", IsTestServer = true }).Reports);

    private static HostPosture InContainer(params string[] beyondLoopback) =>
        s_good with { EnvironmentName = "Development", RunsInContainer = true, Listening = new ListeningAddresses(beyondLoopback, [], beyondLoopback) };

    private static RecordingReporter Judge(HostPosture host)
    {
        var reporter = new RecordingReporter();
        new DebugInProduction().Observe(host, reporter);
        return reporter;
    }
}
