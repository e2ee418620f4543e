using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Startup.Cors;

/// <summary>Wakes a rule for the CORS policies in force: once the host has started, and again when endpoints change.</summary>
internal interface ICorsRule
{
    void Observe(IReadOnlyList<EffectiveCorsPolicy> policies, IPitfallReporter reporter);
}
