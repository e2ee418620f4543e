using Microsoft.Extensions.Logging;

namespace Pitfalls.Runtime.Tests.Support;

/// <summary>Keeps what is logged, with category and attributes.</summary>
internal sealed class RecordingLoggers : ILoggerFactory
{
    public List<(string Category, LogLevel Level, EventId Id, string Text, IReadOnlyList<KeyValuePair<string, object?>> State)> Records { get; } = [];

    public LogLevel Least { get; init; }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    private sealed class Logger(RecordingLoggers loggers, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= loggers.Least;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (loggers.Records)
                loggers.Records.Add((category, logLevel, eventId, formatter(state, exception), (IReadOnlyList<KeyValuePair<string, object?>>)state!));
        }
    }
}
