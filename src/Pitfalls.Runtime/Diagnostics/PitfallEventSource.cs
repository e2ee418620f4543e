using System.Diagnostics.Tracing;

namespace Pitfalls.Runtime.Diagnostics;

/// <summary>What the library has to say about itself: <c>dotnet-trace collect --providers Pitfalls-Runtime</c>.</summary>
[EventSource(Name = "Pitfalls-Runtime")]
internal sealed class PitfallEventSource : EventSource
{
    public static readonly PitfallEventSource Log = new();

    private PitfallEventSource()
    {
    }

    [Event(1, Level = EventLevel.Informational, Message = "Watching with the profile {0}.")]
    public void Started(string profile) => WriteEvent(1, profile);

    [Event(2, Level = EventLevel.Warning, Message = "{0} faulted: {1}")]
    public void DetectorFaulted(string detector, string exceptionType) => WriteEvent(2, detector, exceptionType);

    [Event(3, Level = EventLevel.Error, Message = "{0} is off after {1} faults.")]
    public void DetectorDisabled(string detector, int faults) => WriteEvent(3, detector, faults);

    [Event(4, Level = EventLevel.Warning, Message = "{0} dropped something: {1}.")]
    public void Dropped(string station, string reason) => WriteEvent(4, station, reason);

    [Event(5, Level = EventLevel.Warning, Message = "The new options are rejected: {0}")]
    public void OptionsRejected(string reason) => WriteEvent(5, reason);

    [Event(6, Level = EventLevel.Warning, Message = "The sink {0} threw {1}.")]
    public void SinkFaulted(string sink, string exceptionType) => WriteEvent(6, sink, exceptionType);
}
