namespace Pitfalls.Runtime.Reporting;

/// <summary>Where rules bring what they saw. It never throws and never blocks.</summary>
internal interface IPitfallReporter
{
    /// <summary>Whether anybody wants to hear of this rule: not switched off by profile, configuration or faults.</summary>
    bool IsEnabled(PitfallRule rule);

    /// <summary>The value of a rule's setting as it stands now.</summary>
    T Get<T>(PitfallRule rule, Setting<T> setting)
        where T : notnull;

    void Report(PitfallRule rule, Occurrence occurrence);
}
