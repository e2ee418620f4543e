using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.Checking;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals;
using Pitfalls.Runtime.Signals.Exceptions;
using Pitfalls.Runtime.Signals.Startup;

namespace Pitfalls.Runtime.Diagnostics;

/// <summary>Starts with the host and, when it stops, sees that what was found last still comes out.</summary>
internal sealed class PitfallHost : IHostedService
{
    private static readonly TimeSpan s_goodbye = TimeSpan.FromSeconds(2);

    private readonly LiveOptions _options;
    private readonly ISignal[] _signals;
    private readonly FindingPump _pump;
    private readonly RuleSet _rules;
    private readonly DetectorGuard _guard;
    private readonly PitfallMeter _meter;
    private readonly StatusNotes _notes;
    private readonly ILoggerFactory _loggers;
    private readonly CheckRun? _check;

    public PitfallHost(
        LiveOptions options, IEnumerable<ISignal> signals, FindingPump pump, RuleSet rules, DetectorGuard guard, PitfallMeter meter, StatusNotes notes,
        ILoggerFactory loggers, HostedWork hosted, CheckRun? check = null)
    {
        _options = options;
        _signals = [.. signals];
        _pump = pump;
        _rules = rules;
        _guard = guard;
        _meter = meter;
        _notes = notes;
        _loggers = loggers;
        _check = check;
        if (options.Current.Profile != PitfallProfile.Off)
            hosted.Enter();
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _meter.ReportEnabled(() => _rules.All.Select(r => (r.Rule.Id, _options.Current.For(r.Rule).IsEnabled && !_guard.IsOff(r.Rule.Id))));
        PitfallEventSource.Log.Started(_options.Current.Profile.ToString());
        TellNotices();
        _options.Changed += TellNotices;
        if (_options.Current.Profile != PitfallProfile.Off)
            StartSignals();
        _check?.Start();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _options.Changed -= TellNotices;
        try
        {
            await DrainAsync().WaitAsync(s_goodbye, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            // A slow sink must not hold up the app's end.
        }
    }

    /// <summary>Completes when all that was seen before has reached the sinks.</summary>
    public async Task DrainAsync()
    {
        foreach (var signal in _signals)
            await signal.DrainAsync().ConfigureAwait(false);
        await _pump.DrainAsync().ConfigureAwait(false);
    }

    private void StartSignals()
    {
        // A check looks at what the app declares; for the others there is nothing to see.
        foreach (var signal in _signals.Where(s => _check is null || s is StartupSignal))
        {
            try
            {
                signal.Start();
            }
            catch (Exception exception)
            {
                // The others and the app go on; the status says what is not watched.
                _guard.Fault(signal.GetType().Name, exception);
                _notes.Add($"{signal.GetType().Name} could not start: {exception.GetType().FullName}.");
            }
        }
    }

    private void TellNotices()
    {
        foreach (var notice in _options.Current.Notices)
        {
            _notes.Add(notice);
            SafeLog.Try(_loggers, logger => Log.OptionIgnored(logger, notice));
        }
    }
}
