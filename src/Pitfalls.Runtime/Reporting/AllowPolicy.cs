using System.IO.Enumeration;

namespace Pitfalls.Runtime.Reporting;

/// <summary>Whether somebody has allowed this pitfall here on purpose.</summary>
internal static class AllowPolicy
{
    public static bool Allows(PitfallRule rule, Occurrence occurrence, EffectiveOptions options) =>
        occurrence.Declared?.Covers(rule) == true
        || occurrence.Ambient?.Covers(rule) == true
        || Configured(rule, occurrence, options);

    private static bool Configured(PitfallRule rule, Occurrence occurrence, EffectiveOptions options)
    {
        foreach (var allowed in options.Allow)
        {
            if ((allowed.Rule == "*" || rule.IsCalled(allowed.Rule)) && IsAt(allowed.Where, rule, occurrence))
                return true;
        }

        return false;
    }

    private static bool IsAt(string where, PitfallRule rule, Occurrence occurrence) =>
        where is "" or "*"
        || Matches(where, occurrence.Route)
        || Matches(where, occurrence.Route is { } route ? route[(route.IndexOf(' ', StringComparison.Ordinal) + 1)..] : null)
        || Matches(where, occurrence.Location?.Function)
        || Matches(where, occurrence.Location?.File)
        || Matches(where, occurrence.Subject)
        || Matches(where, ReportWindow.FingerprintOf(rule, occurrence.Subject));

    private static bool Matches(string pattern, string? text) =>
        text is not null && FileSystemName.MatchesSimpleExpression(pattern.Replace("\\", "\\\\", StringComparison.Ordinal), text, ignoreCase: true);
}
