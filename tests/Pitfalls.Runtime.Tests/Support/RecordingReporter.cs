using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Tests.Support;

/// <summary>Takes what a rule reports; settings have the defaults of the profile unless set.</summary>
internal sealed class RecordingReporter(PitfallProfile profile = PitfallProfile.Development) : IPitfallReporter
{
    private readonly Dictionary<PitfallSetting, object> _settings = [];

    public List<(PitfallRule Rule, Occurrence Occurrence)> Reports { get; } = [];

    public Occurrence Single => Assert.Single(Reports).Occurrence;

    public RecordingReporter With(PitfallSetting setting, string text)
    {
        Assert.True(setting.TryParse(text, out var value), $"'{text}' is no value of {setting.Name}");
        _settings[setting] = value;
        return this;
    }

    public bool IsEnabled(PitfallRule rule) => true;

    public T Get<T>(PitfallRule rule, Setting<T> setting)
        where T : notnull =>
        (T)(_settings.TryGetValue(setting, out var value) ? value : setting.DefaultIn(profile));

    public void Report(PitfallRule rule, Occurrence occurrence) => Reports.Add((rule, occurrence));
}
