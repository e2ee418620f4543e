using System.Text.RegularExpressions;

using Pitfalls.Runtime.Rules;

namespace Pitfalls.Runtime.Tests.Conformance;

/// <summary>A rule is not done without its page, its tests and a proper name. What is missing is told by its path.</summary>
public partial class RuleCatalogTests
{
    private static readonly string[] s_sections =
    [
        "## What it detects", "## Why it hurts", "## Example", "## Fix", "## How it is detected, and what it cannot see", "## Settings", "## How to allow it", "## References",
    ];

    public static TheoryData<string> Rules { get; } = [.. PitfallCatalog.Rules.Select(r => r.Id)];

    [Fact]
    public void Rules_stand_in_the_order_of_their_numbers_each_once()
    {
        var numbers = PitfallCatalog.Rules.Select(r => r.Number).ToList();

        Assert.Equal(numbers.Order().Distinct(), numbers);
        Assert.Equal(numbers.Count, PitfallCatalog.Rules.Select(r => r.Name.ToUpperInvariant()).Distinct().Count());
        Assert.All(PitfallCatalog.Rules, r => Assert.True(Enum.IsDefined(r.Category), r.Id));
    }

    [Fact]
    public void Every_rule_class_is_in_the_catalog()
    {
        var declared = typeof(RuleCatalog).Assembly.GetTypes()
            .Where(t => t.GetProperty("Rule", typeof(PitfallRule)) is { GetMethod.IsStatic: true })
            .Select(t => (PitfallRule)t.GetProperty("Rule")!.GetValue(null)!);

        Assert.Equal(declared.Select(r => r.Id).Order(StringComparer.Ordinal), PitfallCatalog.Rules.Select(r => r.Id));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_rule_is_named_after_its_class_in_its_chapters_folder(string id)
    {
        var rule = PitfallCatalog.Find(id)!;
        var type = RuleCatalog.Entries.Single(e => e.Rule.Id == id).Create().GetType();

        Assert.Equal(rule.Name, type.Name);
        Assert.Equal($"Pitfalls.Runtime.Rules.{rule.Category}", type.Namespace);
        Assert.True(Repository.Exists($"src/Pitfalls.Runtime/Rules/{rule.Category}/{rule.Name}.cs"), $"src/Pitfalls.Runtime/Rules/{rule.Category}/{rule.Name}.cs is missing");
        Assert.NotSame(RuleCatalog.Entries.Single(e => e.Rule.Id == id).Create(), RuleCatalog.Entries.Single(e => e.Rule.Id == id).Create());
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Title_and_fix_are_plain_english(string id)
    {
        var rule = PitfallCatalog.Find(id)!;

        Assert.Matches("^[A-Z][^.]{3,60}$", rule.Title);
        // One sentence that says what to do: it starts with a capital and ends with its only full stop, names in code aside.
        Assert.Matches(@"^[A-Z].{8,300}\.$", rule.Fix);
        Assert.DoesNotMatch(@"[a-z)]\. [A-Z]", rule.Fix);
        Assert.Equal($"https://github.com/pitfalls-runtime/pitfalls-runtime/blob/main/docs/rules/{id}.md", rule.HelpUrl);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Every_rule_has_a_page_with_all_its_sections(string id)
    {
        var rule = PitfallCatalog.Find(id)!;
        var path = $"docs/rules/{id}.md";
        Assert.True(Repository.Exists(path), $"{path} is missing");
        var lines = Repository.Read(path).Split('\n').Select(l => l.TrimEnd('\r')).ToList();

        Assert.Equal($"# {id} {rule.Name}", lines[0]);
        Assert.False(string.IsNullOrWhiteSpace(lines.Skip(1).FirstOrDefault(l => l.Length > 0 && !l.StartsWith('#'))), $"{path} has no summary");
        Assert.Equal(s_sections, lines.Where(l => l.StartsWith("## ", StringComparison.Ordinal)));
        Assert.InRange(lines.Count, 20, 90);
        foreach (var section in new[] { "## Example", "## Fix" })
            Assert.Contains("```csharp", Section(lines, section));
        Assert.Contains(Section(lines, "## Why it hurts"), line => line.Length > 40);
        Assert.Contains(id, string.Join('\n', Section(lines, "## How to allow it")), StringComparison.Ordinal);
        Assert.Contains("https://", string.Join('\n', Section(lines, "## References")), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Every_setting_stands_on_the_page_and_nothing_else_does(string id)
    {
        var rule = PitfallCatalog.Find(id)!;
        var settings = Section([.. Repository.Read($"docs/rules/{id}.md").Split('\n').Select(l => l.TrimEnd('\r'))], "## Settings");
        var told = settings.Select(l => SettingRow().Match(l)).Where(m => m.Success).Select(m => m.Groups[1].Value).ToList();

        Assert.Equal(rule.Settings.Select(s => s.Name).Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
        if (rule.Settings.Count == 0)
            Assert.Contains(settings, l => l.StartsWith("None besides `Enabled` and `Severity`.", StringComparison.Ordinal));
        Assert.All(rule.Settings, setting =>
        {
            var row = settings.Single(l => SettingRow().Match(l).Groups[1].Value == setting.Name);
            foreach (var part in setting.Default.Split(", ").Select(p => p.Split(" (")[0]))
                Assert.True(row.Contains(part, StringComparison.OrdinalIgnoreCase), $"docs/rules/{id}.md does not tell the default of {setting.Name}, {setting.Default}");
            Assert.Matches(@"^[A-Z].+\.$", setting.Description);
        });
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Every_rule_has_tests_of_what_it_flags_and_of_its_silence(string id)
    {
        var rule = PitfallCatalog.Find(id)!;
        Assert.True(Mentions("tests/Pitfalls.Runtime.IntegrationTests") || Mentions("tests/Pitfalls.Runtime.DependencyTests"), $"no integration test with Flags_… and StaysSilent_… mentions {id}");

        bool Mentions(string folder)
        {
            var files = Repository.Files(folder, ".cs").Select(Repository.Read).Where(text => Regex.IsMatch(text, $@"\b({rule.Name}|{id})\b")).ToList();
            return files.Exists(text => text.Contains(" Flags_", StringComparison.Ordinal)) && files.Exists(text => text.Contains(" StaysSilent_", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Every_page_belongs_to_a_rule() =>
        Assert.Equal(
            PitfallCatalog.Rules.Select(r => $"docs/rules/{r.Id}.md"),
            Repository.Files("docs/rules", ".md").Where(f => Path.GetFileName(f).StartsWith("PIT", StringComparison.Ordinal)));

    [Fact]
    public void The_readme_tells_the_same_rules()
    {
        if (!Repository.Exists("README.md") || ReadmeRow().Matches(Repository.Read("README.md")) is not { Count: > 0 } rows)
            return;
        Assert.Equal(
            PitfallCatalog.Rules.Select(r => (r.Id, r.Name)),
            rows.Select(m => (m.Groups["id"].Value, m.Groups["name"].Value)));
    }

    private static List<string> Section(List<string> lines, string heading)
    {
        var start = lines.IndexOf(heading);
        return start < 0 ? [] : [.. lines.Skip(start + 1).TakeWhile(l => !l.StartsWith("## ", StringComparison.Ordinal))];
    }

    [GeneratedRegex(@"^\|\s*`?(\w+)`?\s*\|(?<!\|\s*`?(?:Name|Setting)`?\s*\|)")]
    private static partial Regex SettingRow();

    [GeneratedRegex(@"^\|\s*\[?`?(?<id>PIT\d{4})`?(?:\]\([^)]*\))?\s*\|?\s*`?(?<name>\w+)`?", RegexOptions.Multiline)]
    private static partial Regex ReadmeRow();
}
