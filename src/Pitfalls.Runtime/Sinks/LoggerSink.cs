using System.Collections;
using System.Globalization;
using System.Text;

using Microsoft.Extensions.Logging;

namespace Pitfalls.Runtime.Sinks;

/// <summary>Logs a finding at its 1st, 10th, 100th … sighting: what, where, the fix and the page, readable in a plain console.</summary>
internal sealed class LoggerSink(ILoggerFactory loggers) : IPitfallSink
{
    private readonly Dictionary<PitfallCategory, ILogger> _loggers = [];

    public void Write(Finding finding)
    {
        if (!finding.IsMilestone)
            return;
        var level = finding.Severity switch
        {
            PitfallSeverity.Error => LogLevel.Error,
            PitfallSeverity.Warning => LogLevel.Warning,
            _ => LogLevel.Information,
        };
        if (!_loggers.TryGetValue(finding.Category, out var logger))
            _loggers[finding.Category] = logger = loggers.CreateLogger("Pitfalls." + finding.Category);
        if (logger.IsEnabled(level))
            logger.Log(level, new EventId(finding.RuleNumber, "pitfall.finding"), new Record(finding), null, static (record, _) => record.ToString());
    }

    /// <summary>
    /// The record's state. Its attribute names hold dots, as OpenTelemetry wants them, which the logging source generator cannot
    /// write: so the state is our own. There is no <c>{OriginalFormat}</c> among them: routes hold braces, and with it some
    /// providers would take the sentence for a template and print something else than <see cref="ToString"/>.
    /// </summary>
    private sealed class Record : IReadOnlyList<KeyValuePair<string, object?>>
    {
        private readonly Finding _finding;
        private readonly KeyValuePair<string, object?>[] _attributes;

        public Record(Finding finding)
        {
            _finding = finding;
            var attributes = new List<KeyValuePair<string, object?>>(10)
            {
                new("pitfall.rule.id", finding.RuleId),
                new("pitfall.rule.name", finding.Rule),
                new("pitfall.severity", finding.Severity.ToString()),
                new("pitfall.fingerprint", finding.Fingerprint),
                new("pitfall.occurrences", finding.Count),
                new("pitfall.help_url", finding.HelpUrl),
            };
            if (finding.Location is { } place)
                attributes.Add(new("code.function.name", place.Function));
            if (finding.Location is { File: { } file, Line: var line })
                attributes.AddRange(new("code.file.path", file), new("code.line.number", line));
            if (finding.Routes.Count > 0)
                attributes.Add(new("http.route", finding.Routes[0]));
            _attributes = [.. attributes];
        }

        public int Count => _attributes.Length;

        public KeyValuePair<string, object?> this[int index] => _attributes[index];

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => ((IEnumerable<KeyValuePair<string, object?>>)_attributes).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString()
        {
            var text = new StringBuilder();
            text.Append(_finding.RuleId).Append(' ').Append(_finding.Title).Append(": ").Append(_finding.Message);
            if (_finding.Count > 1)
                text.Append(CultureInfo.InvariantCulture, $" (seen {_finding.Count:N0} times)");
            if (_finding.Location is { } place)
                text.Append('\n').Append("at ").Append(place);
            text.Append('\n').Append("fix: ").Append(_finding.Fix);
            text.Append('\n').Append(_finding.HelpUrl);
            return text.ToString();
        }
    }
}
