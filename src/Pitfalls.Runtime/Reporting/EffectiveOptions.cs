namespace Pitfalls.Runtime.Reporting;

/// <summary>The options with every default filled in: immutable, swapped whole on reload.</summary>
internal sealed class EffectiveOptions
{
    private readonly Dictionary<PitfallRule, EffectiveRule> _rules;

    private EffectiveOptions(PitfallProfile profile, PitfallOptions options, Dictionary<PitfallRule, EffectiveRule> rules, IReadOnlyList<string> notices)
    {
        Profile = profile;
        _rules = rules;
        Notices = notices;
        UserAssemblies = [.. options.UserAssemblies];
        Allow = [.. options.Allow.Select(a => new AllowedPlace(a.Rule.Trim(), a.Where.Trim()))];
        DashboardPath = options.Dashboard.Path;
        MaxFindings = options.MaxFindings;
    }

    public PitfallProfile Profile { get; }

    public IReadOnlyList<string> UserAssemblies { get; }

    public IReadOnlyList<AllowedPlace> Allow { get; }

    public string DashboardPath { get; }

    public int MaxFindings { get; }

    /// <summary>What was ignored in the options, and why; <c>api/status</c> shows it.</summary>
    public IReadOnlyList<string> Notices { get; }

    public EffectiveRule For(PitfallRule rule) => _rules.TryGetValue(rule, out var state) ? state : EffectiveRule.Unknown(rule, Profile);

    /// <summary>Fills in the defaults. The options have passed <see cref="PitfallOptionsValidator"/>.</summary>
    public static EffectiveOptions From(PitfallOptions options, PitfallProfile byEnvironment, IReadOnlyList<PitfallRule> catalog)
    {
        var profile = options.Profile ?? byEnvironment;
        var notices = new List<string>(options.Notices);
        var rules = new Dictionary<PitfallRule, EffectiveRule>();
        foreach (var rule in catalog)
            rules[rule] = EffectiveRule.From(rule, OptionsOf(rule, options), profile, notices);

        foreach (var name in options.Rules.Keys.Where(name => !catalog.Any(r => r.IsCalled(name))))
            notices.Add($"Pitfalls:Rules:{name} is ignored: there is no rule of that id or name.");
        foreach (var allowance in options.Allow.Where(a => a.Rule.Trim() != "*" && !catalog.Any(r => r.IsCalled(a.Rule.Trim()))))
            notices.Add($"Pitfalls:Allow of '{allowance.Rule}' is ignored: there is no rule of that id or name.");
        return new EffectiveOptions(profile, options, rules, notices);
    }

    private static PitfallRuleOptions? OptionsOf(PitfallRule rule, PitfallOptions options) =>
        options.Rules.TryGetValue(rule.Id, out var found) || options.Rules.TryGetValue(rule.Name, out found) ? found : null;
}

/// <summary>A place where configuration allows a rule's pitfall; <c>*</c> stands for every rule.</summary>
internal sealed record AllowedPlace(string Rule, string Where);

/// <summary>One rule's options with every default filled in.</summary>
internal sealed class EffectiveRule
{
    private readonly PitfallProfile _profile;
    private readonly Dictionary<PitfallSetting, object> _values;

    private EffectiveRule(bool enabled, string? offBecause, PitfallSeverity severity, PitfallProfile profile, Dictionary<PitfallSetting, object> values)
    {
        IsEnabled = enabled;
        OffBecause = offBecause;
        Severity = severity;
        _profile = profile;
        _values = values;
    }

    public bool IsEnabled { get; }

    /// <summary>Why the rule does not run; <see langword="null"/> when it does.</summary>
    public string? OffBecause { get; }

    public PitfallSeverity Severity { get; }

    public T Get<T>(Setting<T> setting)
        where T : notnull =>
        (T)(_values.TryGetValue(setting, out var value) ? value : setting.DefaultIn(_profile));

    public static EffectiveRule Unknown(PitfallRule rule, PitfallProfile profile) => From(rule, null, profile, []);

    public static EffectiveRule From(PitfallRule rule, PitfallRuleOptions? options, PitfallProfile profile, List<string> notices)
    {
        var severity = options?.Severity ?? rule.SeverityIn(profile);
        var offBecause = profile == PitfallProfile.Off ? "the profile is Off"
            : options is { Enabled: false } ? $"Pitfalls:Rules:{rule.Id}:Enabled is false"
            : severity is null ? $"it does not run in the profile {profile}"
            : null;

        var values = new Dictionary<PitfallSetting, object>();
        foreach (var (name, text) in options?.Settings ?? new Dictionary<string, string>())
        {
            var setting = rule.Settings.FirstOrDefault(s => string.Equals(s.Name, name, StringComparison.OrdinalIgnoreCase));
            if (setting is null)
                notices.Add($"Pitfalls:Rules:{rule.Id}:{name} is ignored: {rule} has no setting of that name.");
            else if (setting.TryParse(text, out var value))
                values[setting] = value;
        }

        return new EffectiveRule(offBecause is null, offBecause, severity ?? PitfallSeverity.Info, profile, values);
    }
}
