using Pitfalls.Runtime.Rules.Deployment;
using Pitfalls.Runtime.Signals.Startup.Hosting;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.Deployment;

public class HardCodedUrlsTests
{
    private static readonly HostPosture s_fixed = new()
    {
        EnvironmentName = "Production",
        Listening = new ListeningAddresses([], [new FixedAddress("http://*:8080", "UseUrls"), new FixedAddress("https://*:8443", "UseUrls")], []),
    };

    [Fact]
    public void Flags_all_addresses_in_one_finding() =>
        Assert.Contains("on http://*:8080, https://*:8443 because its code says so (UseUrls)", Judge(s_fixed).Single.Message, StringComparison.Ordinal);

    [Fact]
    public void StaysSilent_where_nothing_is_fixed() => Assert.Empty(Judge(s_fixed with { Listening = new ListeningAddresses(["http://*:8080"], [], []) }).Reports);

    [Fact]
    public void StaysSilent_on_test_servers() => Assert.Empty(Judge(s_fixed with { IsTestServer = true }).Reports);

    private static RecordingReporter Judge(HostPosture host)
    {
        var reporter = new RecordingReporter();
        new HardCodedUrls().Observe(host, reporter);
        return reporter;
    }
}
