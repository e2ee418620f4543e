using System.Collections.Concurrent;

using Microsoft.Extensions.Logging;

namespace Pitfalls.Runtime.Diagnostics;

/// <summary>
/// Keeps the app safe from a detector that throws: the third fault switches it off for the life of the host and says so in the log,
/// the metric <c>pitfall.detector.enabled</c> and <c>api/status</c>.
/// </summary>
internal sealed class DetectorGuard(ILoggerFactory loggers)
{
    public const int MaxFaults = 3;

    private readonly ConcurrentDictionary<string, Faults> _faults = new();

    public bool IsOff(string detector) => !_faults.IsEmpty && _faults.TryGetValue(detector, out var faults) && faults.Count >= MaxFaults;

    /// <summary>How often a detector has faulted, and with what last.</summary>
    public (int Count, string? LastException) FaultsOf(string detector) =>
        _faults.TryGetValue(detector, out var faults) ? (faults.Count, faults.LastException) : (0, null);

    public IEnumerable<(string Detector, int Count, string LastException)> All =>
        _faults.Select(f => (f.Key, f.Value.Count, f.Value.LastException));

    /// <summary>Notes a fault. Only the exception's type is kept: its text may hold what must not leave.</summary>
    public void Fault(string detector, Exception exception)
    {
        var type = exception.GetType().FullName!;
        PitfallEventSource.Log.DetectorFaulted(detector, type);
        var count = _faults.GetOrAdd(detector, static _ => new Faults()).Add(type);
        if (count != MaxFaults)
            return;
        PitfallEventSource.Log.DetectorDisabled(detector, count);
        SafeLog.Try(loggers, logger => Log.DetectorDisabled(logger, detector, count, type));
    }

    private sealed class Faults
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public string LastException { get; private set; } = "";

        public int Add(string exceptionType)
        {
            LastException = exceptionType;
            return Interlocked.Increment(ref _count);
        }
    }
}
