using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>Wakes a rule for every collection that got more or fewer entries since the sample before.</summary>
internal interface IGrowthRule
{
    void Observe(ObservedCollection collection, IPitfallReporter reporter);
}

/// <summary>Wakes a rule for every collection that was changed, in number or not, since the sample before.</summary>
internal interface IChangeRule
{
    void Observe(ObservedCollection collection, IPitfallReporter reporter);
}

/// <summary>The rule whose setting says how often samples are taken.</summary>
internal interface ISampleClock
{
    TimeSpan Interval(IPitfallReporter reporter);
}
