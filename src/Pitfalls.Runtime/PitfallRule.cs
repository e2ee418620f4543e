using System.Globalization;

using Microsoft.Extensions.Logging;

namespace Pitfalls.Runtime;

/// <summary>
/// One pitfall of the catalogue: its number and everything that follows from it. The number is typed once, in the rule; id,
/// category, event id, help link, metric tag and configuration key are made from it.
/// </summary>
public sealed class PitfallRule
{
    private const string HelpRoot = "https://github.com/pitfalls-runtime/pitfalls-runtime/blob/main/docs/rules/";

    internal PitfallRule(
        int number,
        string name,
        string title,
        PitfallSeverity? development,
        PitfallSeverity? production,
        string fix,
        params PitfallSetting[] settings)
    {
        Number = number;
        Name = name;
        Title = title;
        DevelopmentSeverity = development;
        ProductionSeverity = production;
        Fix = fix;
        Settings = settings;
        Category = (PitfallCategory)(number / 1000);
        Id = "PIT" + number.ToString("D4", CultureInfo.InvariantCulture);
        HelpUrl = HelpRoot + Id + ".md";
        EventId = new EventId(number, "pitfall.finding");
    }

    /// <summary>The number, <c>3003</c>. It never changes and is never used again for another rule.</summary>
    public int Number { get; }

    /// <summary>The id, <c>PIT3003</c>: what configuration, suppressions and metrics use.</summary>
    public string Id { get; }

    /// <summary>The name, <c>SensitiveProperty</c>. It names the pitfall and reads well after "allow".</summary>
    public string Name { get; }

    /// <summary>The name as words, <c>Sensitive property</c>.</summary>
    public string Title { get; }

    /// <summary>The chapter it stands in.</summary>
    public PitfallCategory Category { get; }

    /// <summary>The severity in the profile <see cref="PitfallProfile.Development"/>; <see langword="null"/>: off there.</summary>
    public PitfallSeverity? DevelopmentSeverity { get; }

    /// <summary>The severity in the profile <see cref="PitfallProfile.Production"/>; <see langword="null"/>: off there.</summary>
    public PitfallSeverity? ProductionSeverity { get; }

    /// <summary>What to do about it, in one sentence. A finding may say it more precisely.</summary>
    public string Fix { get; }

    /// <summary>The page that explains it.</summary>
    public string HelpUrl { get; }

    /// <summary>The event id of its log records: its number, named <c>pitfall.finding</c>.</summary>
    public EventId EventId { get; }

    /// <summary>What can be set under <c>Pitfalls:Rules:&lt;id&gt;</c> besides <c>Enabled</c> and <c>Severity</c>.</summary>
    public IReadOnlyList<PitfallSetting> Settings { get; }

    internal PitfallSeverity? SeverityIn(PitfallProfile profile) => profile switch
    {
        PitfallProfile.Development => DevelopmentSeverity,
        PitfallProfile.Production => ProductionSeverity,
        _ => null,
    };

    internal bool IsCalled(string idOrName) =>
        string.Equals(idOrName, Id, StringComparison.OrdinalIgnoreCase) || string.Equals(idOrName, Name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Id and name: <c>PIT3003 SensitiveProperty</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Id} {Name}";
}
