using Pitfalls.Runtime.Rules;

namespace Pitfalls.Runtime;

/// <summary>Every rule there is, in the order of their numbers.</summary>
public static class PitfallCatalog
{
    /// <summary>The rules.</summary>
    public static IReadOnlyList<PitfallRule> Rules { get; } = [.. RuleCatalog.Entries.Select(e => e.Rule)];

    /// <summary>Finds a rule.</summary>
    /// <param name="idOrName"><c>PIT3003</c> or <c>SensitiveProperty</c>, in any casing.</param>
    /// <returns>The rule, or <see langword="null"/> when there is none of that id or name.</returns>
    public static PitfallRule? Find(string idOrName) => Rules.FirstOrDefault(r => r.IsCalled(idOrName));
}
