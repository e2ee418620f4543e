using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Startup.Hosting;

/// <summary>Wakes a rule for what the app runs as: once the host has started, and again when more of it is known.</summary>
internal interface IHostRule
{
    void Observe(HostPosture host, IPitfallReporter reporter);
}
