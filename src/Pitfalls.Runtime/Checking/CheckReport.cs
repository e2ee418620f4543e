using System.Globalization;

namespace Pitfalls.Runtime.Checking;

/// <summary>What a check has found, for people who read a pipeline's log.</summary>
internal sealed record CheckReport
{
    public required string Application { get; init; }

    public required string Environment { get; init; }

    public required PitfallProfile Profile { get; init; }

    /// <summary>The worst first.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    public required IReadOnlyList<string> LookedAt { get; init; }

    public required IReadOnlyList<string> Notes { get; init; }

    public required PitfallSeverity FailOn { get; init; }

    public string? SarifFile { get; init; }

    public bool Fails => Findings.Any(f => f.Severity >= FailOn);

    public void Write(TextWriter to)
    {
        to.WriteLine($"Pitfall check of {Application}, environment {Environment}, profile {Profile}");
        foreach (var finding in Findings)
            Write(to, finding);
        to.WriteLine();
        // "No findings" is worth what was looked at.
        to.WriteLine($"Looked at: {(LookedAt.Count == 0 ? "nothing" : string.Join("; ", LookedAt))}.");
        to.WriteLine("Not looked at: what only requests show (responses, uploads, waits, growth).");
        foreach (var note in Notes)
            to.WriteLine($"Note: {note}");
        if (SarifFile is not null)
            to.WriteLine($"SARIF: {SarifFile}");
        to.WriteLine($"{(Fails ? "FAILED" : "Passed")}: {Count(PitfallSeverity.Error, "error")}, {Count(PitfallSeverity.Warning, "warning")}, {Count(PitfallSeverity.Info, "info")} (--fail-on {FailOn.ToString().ToLowerInvariant()})");
    }

    private static void Write(TextWriter to, Finding finding)
    {
        to.WriteLine();
        to.WriteLine($"{finding.Severity.ToString().ToLowerInvariant()} {finding.RuleId} {finding.Title}: {finding.Message}");
        if (finding.Location is { } place)
            to.WriteLine($"  at   {place}");
        to.WriteLine($"  fix  {finding.Fix}");
        to.WriteLine($"  see  {finding.HelpUrl}");
        to.WriteLine($"  id   {finding.Fingerprint}");
    }

    private string Count(PitfallSeverity severity, string word)
    {
        var count = Findings.Count(f => f.Severity == severity);
        return string.Create(CultureInfo.InvariantCulture, $"{count} {word}{(count == 1 || severity == PitfallSeverity.Info ? "" : "s")}");
    }
}
