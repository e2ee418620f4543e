using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>
/// Listens to what the framework logs while an <c>IResult</c> is written, whatever the app's own log levels: which status it sets, and
/// the name of the type it writes. Nobody else tells, and nothing in the pipeline changes.
/// </summary>
/// <remarks>
/// It hears three categories of the framework's and only for requests that carry a scope, so all others cost what they did.
/// An app whose logger factory takes no providers is not heard: then shapes alone are judged.
/// </remarks>
internal sealed class ResultLog : ILoggerProvider
{
    private const string Endpoints = "Microsoft.AspNetCore.Routing.EndpointMiddleware";

    private static readonly string[] s_results = ["Microsoft.AspNetCore.Http.Result", "Microsoft.AspNetCore.Http.HttpResults"];

    public ILogger CreateLogger(string categoryName) =>
        categoryName == Endpoints ? EndpointEnds.Instance
        : Array.Exists(s_results, r => categoryName.StartsWith(r, StringComparison.Ordinal)) ? Results.Instance
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
            foreach (var category in s_results.Append(Endpoints))
                options.Rules.Add(new LoggerFilterRule(name, category, LogLevel.Information, null));
        }
    }

    private sealed class Results : Listener
    {
        public static readonly Results Instance = new();

        protected override void Hear<TState>(RequestScope scope, EventId id, TState state)
        {
            if (id.Name is not ("WritingResultAsStatusCode" or "WritingResultAsJson") || state is not IReadOnlyList<KeyValuePair<string, object?>> facts)
                return;
            for (var i = 0; i < facts.Count; i++)
            {
                if (facts[i] is { Key: "StatusCode", Value: int status })
                    scope.Sent = (scope.Sent ?? new()) with { Status = status, IsStatusByResult = true };
                else if (facts[i] is { Key: "Type", Value: string type })
                    scope.Sent = (scope.Sent ?? new()) with { TypeName = type };
            }
        }
    }

    private sealed class EndpointEnds : Listener
    {
        public static readonly EndpointEnds Instance = new();

        protected override void Hear<TState>(RequestScope scope, EventId id, TState state)
        {
            if (id.Name == "ExecutedEndpoint")
                scope.NoteEndpointEnd();
        }
    }

    private abstract class Listener : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Information && RequestScope.Current is { HasEnded: false };

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            try
            {
                if (RequestScope.Current is { HasEnded: false } scope)
                    Hear(scope, eventId, state);
            }
            catch (Exception fault)
            {
                // A logger that throws would end the app's request.
                Diagnostics.PitfallEventSource.Log.DetectorFaulted(nameof(ResultLog), fault.GetType().FullName!);
            }
        }

        protected abstract void Hear<TState>(RequestScope scope, EventId id, TState state);
    }
}
