using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Rules;

/// <summary>The first ten endpoints of a kind get a finding each; those that come after share one with a list. One habit is no flood.</summary>
internal sealed class FirstOfMany
{
    private const int MaxSingle = 10;
    private const int MaxListed = 20;
    private const int MaxRemembered = 10_000;

    private readonly HashSet<string> _single = new(StringComparer.Ordinal);
    private readonly HashSet<string> _others = new(StringComparer.Ordinal);
    private readonly List<string> _listed = [];

    public void Report(PitfallRule rule, Occurrence occurrence, IPitfallReporter reporter)
    {
        // What is allowed is counted where it is, and stands in no list.
        if (occurrence.Declared?.Covers(rule) == true || occurrence.Ambient?.Covers(rule) == true || _single.Contains(occurrence.Subject))
        {
            reporter.Report(rule, occurrence);
            return;
        }

        if (_single.Count < MaxSingle)
        {
            _single.Add(occurrence.Subject);
            reporter.Report(rule, occurrence);
            return;
        }

        if (_others.Count < MaxRemembered && _others.Add(occurrence.Subject) && _listed.Count < MaxListed)
            _listed.Add(occurrence.Route ?? occurrence.Subject);
        var others = _others.Count > 1 ? $" So it is with {_others.Count - 1:N0} more, among them {string.Join(", ", _listed.Where(l => l != occurrence.Route).Take(9))}." : "";
        reporter.Report(rule, occurrence with
        {
            Message = occurrence.Message + others,
            Subject = "many",
            Evidence = Evidence.Of(("count", _others.Count), ("list", string.Join(", ", _listed))),
            Weight = _others.Count,
        });
    }
}
