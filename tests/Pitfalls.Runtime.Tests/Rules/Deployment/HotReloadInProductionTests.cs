using Pitfalls.Runtime.Rules.Deployment;
using Pitfalls.Runtime.Signals.Startup.Hosting;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.Deployment;

public class HotReloadInProductionTests
{
    [Fact]
    public void Flags_each_tool_of_its_own()
    {
        var reporter = Judge("Production", "dotnet watch", "browser refresh", "Razor run-time compilation");

        Assert.Equal(["dotnet watch", "browser refresh", "Razor run-time compilation"], reporter.Reports.Select(r => r.Occurrence.Subject));
        Assert.StartsWith("Dotnet watch is active in Production", reporter.Reports[0].Occurrence.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Development")]
    [InlineData("Staging")]
    public void StaysSilent_in_other_environments(string environment) => Assert.Empty(Judge(environment, "dotnet watch").Reports);

    [Fact]
    public void StaysSilent_where_nothing_is_active() => Assert.Empty(Judge("Production").Reports);

    private static RecordingReporter Judge(string environment, params string[] traces)
    {
        var reporter = new RecordingReporter();
        new HotReloadInProduction().Observe(new HostPosture { EnvironmentName = environment, HotReload = traces }, reporter);
        return reporter;
    }
}
