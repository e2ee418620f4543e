using System.Globalization;

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Pitfalls.Runtime.Reporting;

/// <summary>
/// Binds the section <c>Pitfalls</c>. By hand: the general binder throws on the first odd value with a text about CLR types, and here
/// every wrong value is to be told with its key and what is allowed, all in one go.
/// </summary>
internal sealed class PitfallOptionsFromConfiguration(IConfiguration? configuration) : IConfigureOptions<PitfallOptions>
{
    public const string Section = "Pitfalls";

    public void Configure(PitfallOptions options)
    {
        if (configuration?.GetSection(Section) is not { } section || !section.Exists())
            return;

        foreach (var child in section.GetChildren())
        {
            switch (child.Key.ToUpperInvariant())
            {
                case "PROFILE":
                    options.Profile = ReadEnum<PitfallProfile>(child, "Profile", options);
                    break;
                case "MAXFINDINGS":
                    if (int.TryParse(child.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var max))
                        options.MaxFindings = max;
                    else
                        options.Problems.Add(PitfallOptionsValidator.Problem("MaxFindings", child.Value, $"a whole number, 1…{PitfallOptionsValidator.MaxFindingsLimit}"));
                    break;
                case "USERASSEMBLIES":
                    foreach (var name in Texts(child))
                        options.UserAssemblies.Add(name);
                    break;
                case "DASHBOARD":
                    if (child["Path"] is { } path)
                        options.Dashboard.Path = path;
                    break;
                case "ALLOW":
                    foreach (var entry in child.GetChildren())
                        options.Allow.Add(new PitfallAllowance { Rule = entry["Rule"] ?? "", Where = entry["Where"] ?? "", Reason = entry["Reason"] ?? "" });
                    break;
                case "RULES":
                    foreach (var rule in child.GetChildren())
                        ReadRule(rule, options);
                    break;
                default:
                    options.Notices.Add($"{child.Path} is ignored: there is no option of that name.");
                    break;
            }
        }
    }

    private static void ReadRule(IConfigurationSection section, PitfallOptions options)
    {
        var rule = options.Rule(section.Key);
        foreach (var child in section.GetChildren())
        {
            switch (child.Key.ToUpperInvariant())
            {
                case "ENABLED":
                    if (bool.TryParse(child.Value, out var enabled))
                        rule.Enabled = enabled;
                    else
                        options.Problems.Add(PitfallOptionsValidator.Problem($"Rules:{section.Key}:Enabled", child.Value, "true or false"));
                    break;
                case "SEVERITY":
                    rule.Severity = ReadEnum<PitfallSeverity>(child, $"Rules:{section.Key}:Severity", options);
                    break;
                default:
                    rule.Settings[child.Key] = string.Join(',', Texts(child));
                    break;
            }
        }
    }

    private static T? ReadEnum<T>(IConfigurationSection section, string key, PitfallOptions options)
        where T : struct, Enum
    {
        // Enum.TryParse takes numbers and sums too; only names are meant.
        if (section.Value is { Length: > 0 } text && char.IsAsciiLetter(text[0]) && !text.Contains(',', StringComparison.Ordinal)
            && Enum.TryParse<T>(text, ignoreCase: true, out var value))
            return value;
        if (!string.IsNullOrEmpty(section.Value))
            options.Problems.Add(PitfallOptionsValidator.Problem(key, section.Value, "one of " + string.Join(", ", Enum.GetNames<T>())));
        return null;
    }

    /// <summary>A JSON array, or one text.</summary>
    private static IEnumerable<string> Texts(IConfigurationSection section) =>
        section.Value is { } text ? text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        : section.GetChildren().Select(c => c.Value).OfType<string>();
}
