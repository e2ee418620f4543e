using System.Diagnostics.CodeAnalysis;

namespace Pitfalls.Runtime;

/// <summary>A threshold or a word list of a rule, set under <c>Pitfalls:Rules:&lt;id&gt;:&lt;Name&gt;</c>.</summary>
public abstract class PitfallSetting
{
    private protected PitfallSetting(string name, string description)
    {
        Name = name;
        Description = description;
    }

    /// <summary>The last part of its configuration key.</summary>
    public string Name { get; }

    /// <summary>What it means, in one sentence, with its unit.</summary>
    public string Description { get; }

    /// <summary>The default as it would be written in configuration; where the profiles differ, both.</summary>
    public abstract string Default { get; }

    /// <summary>What is allowed, for people.</summary>
    public abstract string Range { get; }

    internal abstract object DefaultIn(PitfallProfile profile);

    internal abstract bool TryParse(string text, [NotNullWhen(true)] out object? value);
}
