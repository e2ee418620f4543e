using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.Checking;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals;
using Pitfalls.Runtime.Signals.Startup;

namespace Pitfalls.Runtime.Diagnostics;

/// <summary>Starts with the host and, when it stops, sees that what was found last still comes out.</summary>
internal sealed class PitfallHost(
    LiveOptions options, IEnumerable<ISignal> signals, FindingPump pump, RuleSet rules, DetectorGuard guard, PitfallMeter meter, StatusNotes notes, ILoggerFactory loggers,
    CheckRun? check = null)
    : IHostedService
{
    private static readonly TimeSpan s_goodbye = TimeSpan.FromSeconds(2);

    private readonly ISignal[] _signals = [.. signals];

    public Task StartAsync(CancellationToken cancellationToken)
    {
        meter.ReportEnabled(() => rules.All.Select(r => (r.Rule.Id, options.Current.For(r.Rule).IsEnabled && !guard.IsOff(r.Rule.Id))));
        PitfallEventSource.Log.Started(options.Current.Profile.ToString());
        TellNotices();
        options.Changed += TellNotices;
        if (options.Current.Profile != PitfallProfile.Off)
            StartSignals();
        check?.Start();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        options.Changed -= TellNotices;
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
        await pump.DrainAsync().ConfigureAwait(false);
    }

    private void StartSignals()
    {
        // A check looks at what the app declares; for the others there is nothing to see.
        foreach (var signal in _signals.Where(s => check is null || s is StartupSignal))
        {
            try
            {
                signal.Start();
            }
            catch (Exception exception)
            {
                // The others and the app go on; the status says what is not watched.
                guard.Fault(signal.GetType().Name, exception);
                notes.Add($"{signal.GetType().Name} could not start: {exception.GetType().FullName}.");
            }
        }
    }

    private void TellNotices()
    {
        foreach (var notice in options.Current.Notices)
        {
            notes.Add(notice);
            SafeLog.Try(loggers, logger => Log.OptionIgnored(logger, notice));
        }
    }
}
