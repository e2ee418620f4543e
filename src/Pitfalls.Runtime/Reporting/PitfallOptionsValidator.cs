using Microsoft.Extensions.Options;

namespace Pitfalls.Runtime.Reporting;

/// <summary>Says what is wrong with the options: the key, the value and what is allowed.</summary>
internal sealed class PitfallOptionsValidator(IReadOnlyList<PitfallRule> catalog) : IValidateOptions<PitfallOptions>
{
    public const int MaxFindingsLimit = 100_000;

    public ValidateOptionsResult Validate(string? name, PitfallOptions options)
    {
        List<string> problems = [.. options.Problems, .. ProblemsOf(options)];
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private IEnumerable<string> ProblemsOf(PitfallOptions options)
    {
        if (options.Profile is { } profile && !Enum.IsDefined(profile))
            yield return Problem("Profile", profile, "one of Development, Production, Off");
        if (options.MaxFindings is < 1 or > MaxFindingsLimit)
            yield return Problem("MaxFindings", options.MaxFindings, $"a whole number, 1…{MaxFindingsLimit}");
        if (!IsMountPath(options.Dashboard.Path))
            yield return Problem("Dashboard:Path", options.Dashboard.Path, "a path that starts with '/' and goes on, without '?', '#', '{', spaces or a '/' at its end");

        for (var i = 0; i < options.Allow.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(options.Allow[i].Rule))
                yield return Problem($"Allow:{i}:Rule", options.Allow[i].Rule, "a rule's id or name, or *");
            if (string.IsNullOrWhiteSpace(options.Allow[i].Reason))
                yield return Problem($"Allow:{i}:Reason", options.Allow[i].Reason, "a reason for the next reader; it is required");
        }

        foreach (var (id, rule) in options.Rules)
        {
            if (rule.Severity is { } severity && !Enum.IsDefined(severity))
                yield return Problem($"Rules:{id}:Severity", severity, "one of Info, Warning, Error");
            foreach (var setting in catalog.FirstOrDefault(r => r.IsCalled(id))?.Settings ?? [])
            {
                if (rule.Settings.TryGetValue(setting.Name, out var text) && !setting.TryParse(text, out _))
                    yield return Problem($"Rules:{id}:{setting.Name}", text, setting.Range);
            }
        }
    }

    internal static string Problem(string key, object? value, string allowed) =>
        FormattableString.Invariant($"Pitfalls:{key} is '{value}'; allowed is {allowed}.");

    private static bool IsMountPath(string? path) =>
        path is { Length: > 1 and <= 200 } && path[0] == '/' && path[^1] != '/'
        && !path.Contains("//", StringComparison.Ordinal)
        && !path.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '?' or '#' or '{' or '}' or '\\' or '%');
}
