using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Pitfalls.Runtime.IntegrationTests.Support;

/// <summary>One log record as a provider gets it.</summary>
internal sealed record LogRecord(string Category, LogLevel Level, EventId EventId, string Text, IReadOnlyList<KeyValuePair<string, object?>> State, Exception? Exception)
{
    public object? this[string attribute] => State.FirstOrDefault(a => a.Key == attribute).Value;
}

/// <summary>Keeps the log records of the library.</summary>
internal sealed class LogRecorder : ILoggerProvider
{
    public ConcurrentQueue<LogRecord> Records { get; } = [];

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(LogRecorder recorder, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        // Pitfalls.Runtime and Pitfalls.<Category>; the test app's own category has three parts.
        public bool IsEnabled(LogLevel logLevel) => category.Split('.') is ["Pitfalls", _];

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                recorder.Records.Enqueue(new LogRecord(category, logLevel, eventId, formatter(state, exception), [.. (IEnumerable<KeyValuePair<string, object?>>)state!], exception));
        }
    }
}

/// <summary>A log that takes everything and keeps the exceptions.</summary>
internal sealed class ExceptionRecorder : ILoggerProvider, ILogger
{
    public ConcurrentQueue<Exception> Exceptions { get; } = [];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (exception is not null)
            Exceptions.Enqueue(exception);
    }

    public void Dispose()
    {
    }
}

/// <summary>One measurement.</summary>
internal sealed record Measured(string Instrument, double Value, IReadOnlyDictionary<string, object?> Tags);

/// <summary>Keeps the measurements of the library's meter in one host.</summary>
internal sealed class MeterRecorder : IDisposable
{
    private readonly MeterListener _listener;
    private readonly ConcurrentQueue<Measured> _measured = [];

    public MeterRecorder(IServiceProvider services, string meter = "Pitfalls.Runtime")
    {
        // Meters of one name exist once for each host: the factory tells whose it is.
        var factory = services.GetRequiredService<IMeterFactory>();
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == meter && ReferenceEquals(instrument.Meter.Scope, factory))
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        _listener.SetMeasurementEventCallback<int>((i, value, tags, _) => Add(i, value, tags));
        _listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Add(i, value, tags));
        _listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Add(i, value, tags));
        _listener.Start();
    }

    public IReadOnlyList<Measured> All => [.. _measured];

    /// <summary>What the gauges say now.</summary>
    public IReadOnlyList<Measured> Observe(string instrument)
    {
        var before = _measured.Count;
        _listener.RecordObservableInstruments();
        return [.. _measured.Skip(before).Where(m => m.Instrument == instrument)];
    }

    public double Sum(string instrument, string ruleId) =>
        _measured.Where(m => m.Instrument == instrument && Equals(m.Tags["pitfall.rule.id"], ruleId)).Sum(m => m.Value);

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _measured.Enqueue(new Measured(instrument.Name, value, tags.ToArray().ToDictionary(t => t.Key, t => t.Value)));
}

/// <summary>Keeps what the library's event source says, in this whole process.</summary>
internal sealed class SelfEvents : EventListener
{
    public ConcurrentQueue<string> Texts { get; } = [];

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "Pitfalls-Runtime")
            EnableEvents(eventSource, EventLevel.Verbose);
    }

    // The base constructor may call this before the queue is made.
    protected override void OnEventWritten(EventWrittenEventArgs eventData) =>
        Texts?.Enqueue($"{eventData.EventName} {string.Join(' ', eventData.Payload ?? new([]))}");
}
