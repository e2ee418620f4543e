using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.Sinks;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Sinks;

public class LoggerSinkTests
{
    [Fact]
    public void A_record_has_the_attributes_of_the_contract()
    {
        var loggers = new RecordingLoggers();

        new LoggerSink(loggers).Write(Findings.Finding(count: 10));

        var record = Assert.Single(loggers.Records);
        Assert.Equal("Pitfalls.Responses", record.Category);
        Assert.Equal((3001, "pitfall.finding"), (record.Id.Id, record.Id.Name));
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["pitfall.rule.id"] = "PIT3001",
                ["pitfall.rule.name"] = "NullBody",
                ["pitfall.severity"] = "Warning",
                ["pitfall.fingerprint"] = "a1b2c3d4e5f60718",
                ["pitfall.occurrences"] = 10L,
                ["pitfall.help_url"] = "https://github.com/pitfalls-runtime/pitfalls-runtime/blob/main/docs/rules/PIT3001.md",
                ["code.function.name"] = "Shop.OrdersController.Get",
                ["code.file.path"] = "OrdersController.cs",
                ["code.line.number"] = 42,
                ["http.route"] = "GET /orders/{id}",
            },
            record.State.ToDictionary());
    }

    [Fact]
    public void The_text_reads_in_a_plain_console()
    {
        var loggers = new RecordingLoggers();
        var sink = new LoggerSink(loggers);

        sink.Write(Findings.Finding());
        sink.Write(Findings.Finding(count: 1000));

        Assert.Equal(
            """
            PIT3001 Null body: GET /orders/{id} answered 200 with the JSON body null.
            at Shop.OrdersController.Get in OrdersController.cs:line 42
            fix: Answer 404.
            https://github.com/pitfalls-runtime/pitfalls-runtime/blob/main/docs/rules/PIT3001.md
            """.ReplaceLineEndings("\n"),
            loggers.Records[0].Text);
        Assert.Contains("(seen 1,000 times)", loggers.Records[1].Text.Replace('\u00a0', ',').Replace('.', ','), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PitfallSeverity.Info, LogLevel.Information)]
    [InlineData(PitfallSeverity.Warning, LogLevel.Warning)]
    [InlineData(PitfallSeverity.Error, LogLevel.Error)]
    public void The_severity_is_the_level(PitfallSeverity severity, LogLevel level)
    {
        var loggers = new RecordingLoggers();

        new LoggerSink(loggers).Write(Findings.Finding(severity: severity));

        Assert.Equal(level, Assert.Single(loggers.Records).Level);
    }

    [Fact]
    public void Only_milestones_are_logged()
    {
        var loggers = new RecordingLoggers();

        new LoggerSink(loggers).Write(Findings.Finding(count: 7, isMilestone: false));

        Assert.Empty(loggers.Records);
    }

    [Fact]
    public void A_level_that_is_off_costs_no_record()
    {
        var loggers = new RecordingLoggers { Least = LogLevel.Error };

        new LoggerSink(loggers).Write(Findings.Finding());

        Assert.Empty(loggers.Records);
    }

    [Fact]
    public void What_is_not_known_is_left_out()
    {
        var loggers = new RecordingLoggers();
        var sink = new LoggerSink(loggers);

        sink.Write(Findings.Finding() with { Location = null, Routes = [] });
        sink.Write(Findings.Finding() with { Location = new() { Function = "F" } });

        Assert.DoesNotContain(loggers.Records[0].State, a => a.Key.StartsWith("code.", StringComparison.Ordinal) || a.Key == "http.route");
        Assert.Equal(["code.function.name"], loggers.Records[1].State.Select(a => a.Key).Where(k => k.StartsWith("code.", StringComparison.Ordinal)));
    }

    [Fact]
    public void No_attribute_is_taken_for_a_template()
    {
        var loggers = new RecordingLoggers();

        new LoggerSink(loggers).Write(Findings.Finding());

        // Routes hold braces: some providers would fill them in.
        Assert.DoesNotContain(loggers.Records[0].State, a => a.Key == "{OriginalFormat}");
    }
}
