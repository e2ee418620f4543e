using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Startup.Hosting;

namespace Pitfalls.Runtime.Rules.Deployment;

/// <summary>The app listens where its code says, and no environment variable, file or argument can change that.</summary>
internal sealed class HardCodedUrls : IHostRule
{
    public static PitfallRule Rule { get; } = new(7002, nameof(HardCodedUrls), "Hard-coded URLs", PitfallSeverity.Info, PitfallSeverity.Warning,
        "Leave the address to configuration: ASPNETCORE_HTTP_PORTS, --urls, or the section Kestrel:Endpoints.");

    public void Observe(HostPosture host, IPitfallReporter reporter)
    {
        if (host.IsTestServer || host.Listening.FixedInCode is not { Count: > 0 } addresses)
            return;
        var calls = string.Join(", ", addresses.Select(a => a.By).Distinct());
        reporter.Report(Rule, new Occurrence
        {
            Message = $"The app listens on {string.Join(", ", addresses.Select(a => a.Address))} because its code says so ({calls}); no environment variable, file or argument can change it.",
            Subject = "addresses",
            Evidence = Evidence.Of(("addresses", addresses.Count), ("by", calls)),
        });
    }
}
