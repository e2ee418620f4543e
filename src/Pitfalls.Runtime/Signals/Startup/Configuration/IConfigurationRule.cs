using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Startup.Configuration;

/// <summary>Wakes a rule for the configuration in force and the secrets built from it, once the host has started. Values are looked at and never kept.</summary>
internal interface IConfigurationRule
{
    void Observe(EffectiveConfiguration configuration, IPitfallReporter reporter);
}
