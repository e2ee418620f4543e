using Pitfalls.Runtime.Diagnostics;

namespace Pitfalls.Runtime.Reporting;

/// <summary>Enabled? Allowed? Then into the window with the severity in force.</summary>
internal sealed class PitfallReporter(LiveOptions options, DetectorGuard guard, ReportWindow window) : IPitfallReporter
{
    private long _allowed;

    /// <summary>Sightings that somebody had allowed on purpose.</summary>
    public long Allowed => Interlocked.Read(ref _allowed);

    public bool IsEnabled(PitfallRule rule) => options.Current.For(rule).IsEnabled && !guard.IsOff(rule.Id);

    public T Get<T>(PitfallRule rule, Setting<T> setting)
        where T : notnull =>
        options.Current.For(rule).Get(setting);

    public void Report(PitfallRule rule, Occurrence occurrence)
    {
        if (!IsEnabled(rule))
            return;
        var current = options.Current;
        if (AllowPolicy.Allows(rule, occurrence, current))
            Interlocked.Increment(ref _allowed);
        else
            window.Add(rule, current.For(rule).Severity, occurrence);
    }
}
