using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Startup;

/// <summary>
/// Gathers what the rules report in one survey, so that a look repeated after a change tells only what is new, and that more than
/// ten sightings of a rule become one finding with a list: one pitfall, not a flood.
/// </summary>
internal sealed class StartupReporter(IPitfallReporter reporter, LiveOptions options) : IPitfallReporter
{
    public const int MaxSingle = 10;

    private const int MaxRemembered = 100_000;
    private const int MaxListed = 20;

    // Fingerprints and not subjects: what is remembered of five thousand endpoints stays small.
    private readonly HashSet<(int Rule, string Fingerprint)> _told = [];
    private readonly Dictionary<PitfallRule, int> _single = [];
    private readonly Dictionary<PitfallRule, int> _grouped = [];
    private readonly Dictionary<PitfallRule, List<Occurrence>> _gathered = [];

    public bool IsEnabled(PitfallRule rule) => reporter.IsEnabled(rule);

    public T Get<T>(PitfallRule rule, Setting<T> setting)
        where T : notnull =>
        reporter.Get(rule, setting);

    public void Report(PitfallRule rule, Occurrence occurrence)
    {
        if (_told.Count >= MaxRemembered || !_told.Add((rule.Number, ReportWindow.FingerprintOf(rule, occurrence.Subject))))
            return;
        if (!_gathered.TryGetValue(rule, out var occurrences))
            _gathered[rule] = occurrences = [];
        occurrences.Add(occurrence);
    }

    /// <summary>Passes on what one survey has brought.</summary>
    public void Flush()
    {
        foreach (var (rule, occurrences) in _gathered)
        {
            // What is allowed goes on one by one: it is counted there, and it must not stand in a list.
            foreach (var allowed in occurrences.Where(o => AllowPolicy.Allows(rule, o, options.Current)))
                reporter.Report(rule, allowed);
            Tell(rule, [.. occurrences.Where(o => !AllowPolicy.Allows(rule, o, options.Current))]);
        }

        _gathered.Clear();
    }

    private void Tell(PitfallRule rule, List<Occurrence> occurrences)
    {
        var single = _single.GetValueOrDefault(rule);
        if (single + occurrences.Count <= MaxSingle)
        {
            _single[rule] = single + occurrences.Count;
            occurrences.ForEach(o => reporter.Report(rule, o));
        }
        else if (occurrences.Count > 0)
        {
            _grouped[rule] = _grouped.GetValueOrDefault(rule) + occurrences.Count;
            reporter.Report(rule, Group(occurrences, _grouped[rule]));
        }
    }

    private static Occurrence Group(List<Occurrence> occurrences, int total)
    {
        var first = occurrences[0];
        var names = occurrences.Select(o => o.Route ?? o.Subject).Distinct(StringComparer.Ordinal).ToList();
        var others = names.Count > 1 ? $" So it is with {total - 1:N0} more, among them {string.Join(", ", names.Skip(1).Take(9))}." : "";
        return first with
        {
            Message = first.Message + others,
            Subject = "many",
            MoreRoutes = [.. occurrences.Select(o => o.Route).OfType<string>().Take(MaxListed)],
            Evidence = Evidence.Of(("count", total), ("list", string.Join(", ", names.Take(MaxListed)))),
            Weight = total,
        };
    }
}
