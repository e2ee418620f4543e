using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Pitfalls.Runtime.Reporting;

/// <summary>A setting with the type of its value, so that a rule reads it without a cast.</summary>
internal abstract class Setting<T>(string name, string description, T development, T production) : PitfallSetting(name, description)
    where T : notnull
{
    public override string Default =>
        EqualityComparer<T>.Default.Equals(development, production)
            ? Format(development)
            : $"{Format(development)} (Development), {Format(production)} (Production)";

    internal override object DefaultIn(PitfallProfile profile) => profile == PitfallProfile.Development ? development : production;

    protected abstract string Format(T value);
}

/// <summary>A whole number within bounds.</summary>
internal sealed class NumberSetting(string name, string description, int value, int min, int max)
    : Setting<int>(name, description, value, value)
{
    public override string Range => FormattableString.Invariant($"a whole number, {min}…{max}");

    internal override bool TryParse(string text, [NotNullWhen(true)] out object? value)
    {
        var good = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= min && number <= max;
        value = good ? number : null;
        return good;
    }

    protected override string Format(int value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A stretch of time within bounds, written <c>00:00:00.100</c>, <c>100 ms</c>, <c>2 s</c> or as a number of milliseconds.</summary>
internal sealed class DurationSetting(
    string name, string description, TimeSpan development, TimeSpan production, TimeSpan min, TimeSpan max)
    : Setting<TimeSpan>(name, description, development, production)
{
    public override string Range => $"a duration (00:00:00.100, 100 ms, 2 s), {Format(min)}…{Format(max)}";

    internal override bool TryParse(string text, [NotNullWhen(true)] out object? value)
    {
        var good = TryParseDuration(text.Trim(), out var duration) && duration >= min && duration <= max;
        value = good ? duration : null;
        return good;
    }

    protected override string Format(TimeSpan value) => value.TotalSeconds >= 1
        ? FormattableString.Invariant($"{value.TotalSeconds:0.###} s")
        : FormattableString.Invariant($"{value.TotalMilliseconds:0.###} ms");

    private static bool TryParseDuration(string text, out TimeSpan duration)
    {
        if (text.Contains(':', StringComparison.Ordinal))
            return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out duration);

        var (number, unit) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.OrdinalIgnoreCase) => (text[..^2], 1d),
            _ when text.EndsWith('s') || text.EndsWith('S') => (text[..^1], 1_000d),
            _ when text.EndsWith("min", StringComparison.OrdinalIgnoreCase) => (text[..^3], 60_000d),
            _ when text.EndsWith('h') || text.EndsWith('H') => (text[..^1], 3_600_000d),
            _ => (text, 1d),
        };
        duration = default;
        if (!double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var amount))
            return false;
        var milliseconds = amount * unit;
        if (!double.IsFinite(milliseconds) || Math.Abs(milliseconds) > TimeSpan.MaxValue.TotalMilliseconds / 2)
            return false;
        duration = TimeSpan.FromMilliseconds(milliseconds);
        return true;
    }
}

/// <summary>A list of words, written as a JSON array or separated by commas.</summary>
internal sealed class WordsSetting(string name, string description)
    : Setting<IReadOnlyList<string>>(name, description, [], [])
{
    private const int MaxWords = 500;

    public override string Range => FormattableString.Invariant($"a list of words or one text with commas, at most {MaxWords}");

    public override string Default => "none";

    internal override bool TryParse(string text, [NotNullWhen(true)] out object? value)
    {
        var words = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var good = words.Length <= MaxWords;
        value = good ? words : null;
        return good;
    }

    protected override string Format(IReadOnlyList<string> value) => string.Join(", ", value);
}
