using System.Diagnostics.Tracing;

namespace Pitfalls.Runtime.Benchmarks.Server;

/// <summary>Listens to the task event source as detectors of blocking calls commonly do: the keywords TaskTransfer and Tasks, event 10 (wait begins).</summary>
internal sealed class TaskEventsListener : EventListener
{
    private const int TaskWaitBegin = 10;
    private const int Synchronous = 1;

    private static TaskEventsListener? s_running;
    private long _seen;

    public static void Start() => s_running ??= new TaskEventsListener();

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "System.Threading.Tasks.TplEventSource")
            EnableEvents(eventSource, EventLevel.Informational, (EventKeywords)3);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventId == TaskWaitBegin && eventData.Payload is { Count: > 3 } payload && payload[3] is Synchronous)
            Interlocked.Increment(ref _seen);
    }
}
