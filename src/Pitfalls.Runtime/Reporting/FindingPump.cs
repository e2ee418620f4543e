using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.Diagnostics;

namespace Pitfalls.Runtime.Reporting;

/// <summary>Carries findings from the bounded queue to the sinks, off the request. A sink that throws stops neither the others nor the pump.</summary>
internal sealed class FindingPump : IDisposable
{
    public const int Capacity = 4096;

    private readonly IPitfallSink[] _sinks;
    private readonly HashSet<IPitfallSink> _faulted = [];
    private readonly ILoggerFactory _loggers;
    private readonly BoundedWorker<QueuedFinding> _worker;

    public FindingPump(IEnumerable<IPitfallSink> sinks, ILoggerFactory loggers, Drops drops)
    {
        _sinks = [.. sinks];
        _loggers = loggers;
        _worker = new BoundedWorker<QueuedFinding>("Pitfalls findings", Capacity, TimeSpan.Zero, Deliver, reason => drops.Add("findings", reason));
    }

    public bool TrySend(QueuedFinding finding) => _worker.TryPost(finding);

    public Task DrainAsync() => _worker.DrainAsync();

    public void Dispose() => _worker.Dispose();

    private void Deliver(QueuedFinding queued)
    {
        var finding = queued.Take();
        foreach (var sink in _sinks)
        {
            try
            {
                sink.Write(finding);
            }
            catch (Exception exception)
            {
                NoteFault(sink, exception);
            }
        }
    }

    private void NoteFault(IPitfallSink sink, Exception exception)
    {
        var (name, type) = (sink.GetType().FullName!, exception.GetType().FullName!);
        PitfallEventSource.Log.SinkFaulted(name, type);
        // The logger itself may be the sink that throws: then the event source has to do.
        if (_faulted.Add(sink))
            SafeLog.Try(_loggers, logger => Log.SinkFaulted(logger, name, type));
    }
}
