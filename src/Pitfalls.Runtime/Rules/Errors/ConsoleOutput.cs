using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Console;

namespace Pitfalls.Runtime.Rules.Errors;

/// <summary>User code writes to the console while it serves: no level, no category, no trace, and a lock that all who write wait for.</summary>
internal sealed class ConsoleOutput : IConsoleRule
{
    public static PitfallRule Rule { get; } = new(6002, nameof(ConsoleOutput), "Console output", PitfallSeverity.Warning, PitfallSeverity.Warning,
        "Write it with an ILogger, which adds level, category and trace id, can be filtered, and does not make requests wait for the terminal.");

    public void Observe(ConsoleWrite write, IPitfallReporter reporter) => reporter.Report(Rule, new Occurrence
    {
        Message = write.Route is { } route
            ? $"{route} writes to the console: {write.Call} in {write.Location.Function}."
            : $"A hosted service writes to the console: {write.Call} in {write.Location.Function}.",
        Subject = write.Subject,
        Route = write.Route,
        Location = write.Location,
        Evidence = Evidence.Of(("call", write.Call), ("work", write.Route is null ? "hosted service" : "request")),
        TraceId = write.TraceId,
        Declared = write.Declared,
        Ambient = write.Ambient,
    });
}
