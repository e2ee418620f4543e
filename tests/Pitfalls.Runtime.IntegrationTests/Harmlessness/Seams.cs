using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Rules;
using Pitfalls.Runtime.Signals;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.IntegrationTests.Harmlessness;

/// <summary>The places where somebody else's code meets ours. Each may throw.</summary>
[Flags]
internal enum Seams
{
    None = 0,
    Rule = 1 << 0,
    Sink = 1 << 1,
    SinkConstructor = 1 << 2,
    LoggerProvider = 1 << 3,
    LoggerIsEnabled = 1 << 4,
    LoggerLog = 1 << 5,
    MeterPublished = 1 << 6,
    MeterMeasured = 1 << 7,
    OptionsCallback = 1 << 8,
    Time = 1 << 9,
    EventListener = 1 << 10,
    EndpointMetadata = 1 << 11,
    All = (1 << 12) - 1,
}

/// <summary>What a seam throws: of a type nobody catches by name.</summary>
internal sealed class SeamException(string seam) : Exception($"thrown by {seam}");

/// <summary>Puts throwing code into the seams asked for.</summary>
internal sealed class ThrowingSeams : IDisposable
{
    private readonly Seams _seams;
    private readonly MeterListener? _meters;
    private readonly ThrowingEventListener? _events;
    private int _thrown;

    public ThrowingSeams(Seams seams)
    {
        _seams = seams;
        if (seams.HasFlag(Seams.MeterPublished) || seams.HasFlag(Seams.MeterMeasured))
        {
            _meters = new MeterListener { InstrumentPublished = Published };
            _meters.SetMeasurementEventCallback<long>((instrument, _, _, _) => Throw(Seams.MeterMeasured, instrument.Name));
            _meters.SetMeasurementEventCallback<double>((instrument, _, _, _) => Throw(Seams.MeterMeasured, instrument.Name));
            _meters.SetMeasurementEventCallback<int>((instrument, _, _, _) => Throw(Seams.MeterMeasured, instrument.Name));
            StartListening(_meters);
        }

        if (seams.HasFlag(Seams.EventListener))
            _events = new ThrowingEventListener(this);
    }

    /// <summary>How often a seam threw: none at all would prove nothing.</summary>
    public int Thrown => Volatile.Read(ref _thrown);

    public void AddTo(WebApplicationBuilder builder)
    {
        var services = builder.Services;
        if (_seams.HasFlag(Seams.LoggerProvider) || _seams.HasFlag(Seams.LoggerIsEnabled) || _seams.HasFlag(Seams.LoggerLog))
            builder.Logging.AddProvider(new ThrowingLoggerProvider(this));
        if (_seams.HasFlag(Seams.Rule))
            services.AddSingleton(_ => new RuleSet([.. RuleCatalog.Entries.Select(e => (e.Rule, e.Create())), (s_rule, new ThrowingRule(this))]));
        if (_seams.HasFlag(Seams.Sink))
            services.AddSingleton<IPitfallSink>(new ThrowingSink(this));
        if (_seams.HasFlag(Seams.SinkConstructor))
            services.AddSingleton<IPitfallSink>(_ => throw Counted("sink constructor"));
        if (_seams.HasFlag(Seams.Time))
            services.AddSingleton<TimeProvider>(new ThrowingTime(this));
        if (_seams.HasFlag(Seams.OptionsCallback))
            services.AddPitfallDetection(_ => throw Counted("options callback"));
    }

    public ThrowingMetadata? Metadata => _seams.HasFlag(Seams.EndpointMetadata) ? new ThrowingMetadata(this) : null;

    public void Dispose()
    {
        _meters?.Dispose();
        _events?.Dispose();
    }

    private static readonly PitfallRule s_rule = new(3999, "Faulty", "Faulty", PitfallSeverity.Info, PitfallSeverity.Info, "Repair it.");

    /// <summary>Instruments of tests that run beside this one are published at once; nobody there is to be thrown at.</summary>
    private void StartListening(MeterListener meters)
    {
        _started = false;
        meters.Start();
        _started = true;
    }

    private volatile bool _started;

    private void Published(Instrument instrument, MeterListener listener)
    {
        // Only this test's own hosts: others of the process publish on their own threads.
        if (!_started || instrument.Meter.Name != "Pitfalls.Runtime" || !s_mine.Value)
            return;
        if (_seams.HasFlag(Seams.MeterMeasured))
            listener.EnableMeasurementEvents(instrument);
        Throw(Seams.MeterPublished, instrument.Name);
    }

    private static readonly AsyncLocal<bool> s_mine = new();

    /// <summary>From here on, what this flow of control starts is this test's.</summary>
    public static void BeginMine() => s_mine.Value = true;

    private void Throw(Seams seam, string what)
    {
        if (_seams.HasFlag(seam))
            throw Counted($"{seam} {what}");
    }

    private SeamException Counted(string seam)
    {
        Interlocked.Increment(ref _thrown);
        return new SeamException(seam);
    }

    private sealed class ThrowingRule(ThrowingSeams seams) : IResponseRule
    {
        public void Observe(ObservedResponse response, IPitfallReporter reporter) => throw seams.Counted("rule");
    }

    private sealed class ThrowingSink(ThrowingSeams seams) : IPitfallSink
    {
        public void Write(Finding finding) => throw seams.Counted("sink");
    }

    private sealed class ThrowingTime(ThrowingSeams seams) : TimeProvider
    {
        public override long GetTimestamp() => throw seams.Counted("time stamp");

        public override DateTimeOffset GetUtcNow() => throw seams.Counted("time");
    }

    internal sealed class ThrowingMetadata(ThrowingSeams seams) : Microsoft.AspNetCore.Http.Metadata.IProducesResponseTypeMetadata
    {
        public Type? Type => throw seams.Counted("metadata type");

        public int StatusCode => throw seams.Counted("metadata status");

        public IEnumerable<string> ContentTypes => throw seams.Counted("metadata content types");
    }

    /// <summary>Throws for our categories only: for the framework's the bare app would fall over it too.</summary>
    private sealed class ThrowingLoggerProvider(ThrowingSeams seams) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName)
        {
            if (categoryName.Split('.') is not ["Pitfalls", _])
                return Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;
            seams.Throw(Seams.LoggerProvider, categoryName);
            return new ThrowingLogger(seams);
        }

        public void Dispose()
        {
        }
    }

    private sealed class ThrowingLogger(ThrowingSeams seams) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel)
        {
            seams.Throw(Seams.LoggerIsEnabled, "IsEnabled");
            return true;
        }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            seams.Throw(Seams.LoggerLog, "Log");
    }

    private sealed class ThrowingEventListener(ThrowingSeams seams) : EventListener
    {
        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Pitfalls-Runtime")
                EnableEvents(eventSource, EventLevel.Verbose);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            // Called by the base constructor's thread too, before this object is whole.
            if (eventData.EventSource.Name == "Pitfalls-Runtime" && seams is not null)
                throw seams.Counted("event listener");
        }
    }
}
