using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Startup.Hosting;

namespace Pitfalls.Runtime.Rules.Deployment;

/// <summary>Tools that change code or pages under a running app are at work in production.</summary>
internal sealed class HotReloadInProduction : IHostRule
{
    public static PitfallRule Rule { get; } = new(7008, nameof(HotReloadInProduction), "Hot reload in production", null, PitfallSeverity.Error,
        "Start what dotnet publish makes (dotnet Shop.dll), not dotnet watch, and reference Razor's run-time compilation only in Development.");

    public void Observe(HostPosture host, IPitfallReporter reporter)
    {
        if (!host.IsProduction)
            return;
        foreach (var trace in host.HotReload)
        {
            reporter.Report(Rule, new Occurrence
            {
                Message = $"{char.ToUpperInvariant(trace[0])}{trace[1..]} is active in {host.EnvironmentName}: it changes code or pages under the running app and keeps it from being optimised.",
                Subject = trace,
                Evidence = Evidence.Of(("kind", trace)),
            });
        }
    }
}
