using Microsoft.Extensions.Logging;

namespace Pitfalls.Runtime.Diagnostics;

/// <summary>What the library logs about itself. Findings are logged by their own sink.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "The new Pitfalls configuration is invalid, the last good one stays. {Reason}", EventName = "pitfall.options.rejected")]
    public static partial void OptionsRejected(ILogger logger, string reason);

    [LoggerMessage(2, LogLevel.Warning, "The pitfall detector {Detector} faulted {Faults} times, the last time with {ExceptionType}, and is off until the next start. The app is not affected.", EventName = "pitfall.detector.disabled")]
    public static partial void DetectorDisabled(ILogger logger, string detector, int faults, string exceptionType);

    [LoggerMessage(3, LogLevel.Warning, "The pitfall sink {Sink} threw {ExceptionType}; the other sinks and the app are not affected. Further faults of it are counted only.", EventName = "pitfall.sink.faulted")]
    public static partial void SinkFaulted(ILogger logger, string sink, string exceptionType);

    [LoggerMessage(4, LogLevel.Warning, "MapPitfalls answers 404 at {Path}: the page needs an authorization requirement, as in app.MapPitfalls().RequireAuthorization().", EventName = "pitfall.dashboard.unprotected")]
    public static partial void DashboardUnprotected(ILogger logger, string path);

    [LoggerMessage(5, LogLevel.Warning, "A part of the Pitfalls options is ignored. {Notice}", EventName = "pitfall.options.ignored")]
    public static partial void OptionIgnored(ILogger logger, string notice);
}

/// <summary>The app's logging may throw like anything of the app's, also when a logger is only asked for; nothing of ours may fall over it.</summary>
internal static class SafeLog
{
    public static void Try(ILoggerFactory loggers, Action<ILogger> write)
    {
        try
        {
            write(loggers.CreateLogger("Pitfalls.Runtime"));
        }
        catch (Exception exception)
        {
            PitfallEventSource.Log.SinkFaulted("ILogger", exception.GetType().FullName!);
        }
    }
}
