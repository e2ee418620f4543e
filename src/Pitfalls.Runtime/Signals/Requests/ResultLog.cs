using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

using Pitfalls.Runtime.Diagnostics;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>
/// Listens to what the framework logs while an <c>IResult</c> is written, whatever the app's own log levels: which status it sets, and
/// the name of the type it writes. Nobody else tells, and nothing in the pipeline changes.
/// </summary>
/// <remarks>
/// It hears the categories of result classes only, and only for requests that carry a scope, so all others cost what they did. Not the endpoint
/// middleware's: where that logs, exceptions travel through one method more, and their stack traces are the app's.
/// An app whose logger factory takes no providers is not heard: then shapes alone are judged.
/// </remarks>
internal sealed class ResultLog : ILoggerProvider
{
    private static readonly string[] s_results = ["Microsoft.AspNetCore.Http.Result", "Microsoft.AspNetCore.Http.HttpResults"];

    public ILogger CreateLogger(string categoryName) =>
        Array.Exists(s_results, r => categoryName.StartsWith(r, StringComparison.Ordinal)) ? Results.Instance
        : NullLogger.Instance;

    public void Dispose()
    {
    }

    /// <summary>Rules of the provider's own: the app's levels are for its logs.</summary>
    internal sealed class Levels : IConfigureOptions<LoggerFilterOptions>
    {
        public void Configure(LoggerFilterOptions options)
        {
            var name = typeof(ResultLog).FullName;
            options.Rules.Add(new LoggerFilterRule(name, null, LogLevel.None, null));
            foreach (var category in s_results)
                options.Rules.Add(new LoggerFilterRule(name, category, LogLevel.Information, null));
        }
    }

    private sealed class Results : ILogger
    {
        public static readonly Results Instance = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Information && RequestScope.Current is { HasEnded: false };

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            try
            {
                if (eventId.Name is "WritingResultAsStatusCode" or "WritingResultAsJson" && RequestScope.Current is { HasEnded: false } scope
                    && state is IReadOnlyList<KeyValuePair<string, object?>> facts)
                    Note(scope, facts);
            }
            catch (Exception fault)
            {
                // A logger that throws would end the app's request.
                PitfallEventSource.Log.DetectorFaulted(nameof(ResultLog), fault.GetType().FullName!);
            }
        }

        private static void Note(RequestScope scope, IReadOnlyList<KeyValuePair<string, object?>> facts)
        {
            var sent = scope.Sent ?? new SentResult();
            for (var i = 0; i < facts.Count; i++)
            {
                if (facts[i] is { Key: "StatusCode", Value: int status })
                    scope.Sent = sent with { Status = status };
                else if (facts[i] is { Key: "Type", Value: string type })
                    scope.Sent = sent with { TypeName = type, Status = sent.Status ?? scope.StatusByHand };
            }
        }
    }
}
