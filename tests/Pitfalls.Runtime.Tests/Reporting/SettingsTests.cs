using System.Globalization;

using CsCheck;

using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Tests.Reporting;

public class SettingsTests
{
    private static readonly NumberSetting s_number = new("Number", "A number.", 5, -3, 1000);
    private static readonly DurationSetting s_duration = new(
        "Duration", "A time.", TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(2));

    private static readonly WordsSetting s_words = new("Words", "Some words.");

    [Theory]
    [InlineData("5", 5)]
    [InlineData("-3", -3)]
    [InlineData("1000", 1000)]
    public void Numbers_within_bounds_parse(string text, int expected) => Assert.Equal(expected, Parsed(s_number, text));

    [Theory]
    [InlineData("")]
    [InlineData("-4")]
    [InlineData("1001")]
    [InlineData("5.0")]
    [InlineData("5 ")]
    [InlineData("1,000")]
    [InlineData("99999999999999")]
    public void Other_numbers_do_not(string text) => Assert.Null(Parsed(s_number, text));

    [Theory]
    [InlineData("00:00:00.100", 100)]
    [InlineData("100 ms", 100)]
    [InlineData("100ms", 100)]
    [InlineData("100", 100)]
    [InlineData("2 s", 2_000)]
    [InlineData("1.5S", 1_500)]
    [InlineData("2 min", 120_000)]
    [InlineData("2 h", 7_200_000)]
    [InlineData(" 3 s ", 3_000)]
    [InlineData("1e3", 1_000)]
    public void Durations_parse_in_all_their_forms(string text, double milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Parsed(s_duration, text));

    [Theory]
    [InlineData("")]
    [InlineData("ms")]
    [InlineData("-1 s")]
    [InlineData("0")]
    [InlineData("3 h")]
    [InlineData("ten")]
    [InlineData("1 d")]
    [InlineData("NaN")]
    [InlineData("1e400 h")]
    [InlineData("99:99:99:99:99")]
    public void Other_durations_do_not(string text) => Assert.Null(Parsed(s_duration, text));

    [Fact]
    public void Words_parse_from_one_text()
    {
        Assert.Equal(["a", "b c", "d"], (IReadOnlyList<string>)Parsed(s_words, " a, b c,,d ")!);
        Assert.Empty((IReadOnlyList<string>)Parsed(s_words, "")!);
        Assert.Null(Parsed(s_words, string.Join(',', Enumerable.Range(0, 501))));
    }

    [Fact]
    public void Defaults_and_ranges_read_like_what_may_be_written()
    {
        Assert.Equal(("5", "a whole number, -3…1000"), (s_number.Default, s_number.Range));
        Assert.Equal("10 ms (Development), 100 ms (Production)", s_duration.Default);
        Assert.Equal("a duration (00:00:00.100, 100 ms, 2 s), 1 ms…7200 s", s_duration.Range);
        Assert.Equal("none", s_words.Default);
        Assert.Equal(TimeSpan.FromMilliseconds(10), s_duration.DefaultIn(PitfallProfile.Development));
        Assert.Equal(TimeSpan.FromMilliseconds(100), s_duration.DefaultIn(PitfallProfile.Production));
    }

    [Fact]
    public void No_text_makes_a_setting_throw() => Gen.String.Sample(text =>
    {
        _ = Parsed(s_number, text);
        _ = Parsed(s_duration, text);
        _ = Parsed(s_words, text);
    });

    [Fact]
    public void What_is_within_bounds_comes_back_as_it_was_written() => Gen.Int[1, 7_200_000].Sample(milliseconds =>
    {
        var expected = TimeSpan.FromMilliseconds(milliseconds);
        Assert.Equal(expected, Parsed(s_duration, milliseconds.ToString(CultureInfo.InvariantCulture)));
        Assert.Equal(expected, Parsed(s_duration, expected.ToString("c", CultureInfo.InvariantCulture)));
        Assert.Equal(expected, Parsed(s_duration, $"{milliseconds} ms"));
    });

    private static object? Parsed(PitfallSetting setting, string text) => setting.TryParse(text, out var value) ? value : null;
}
