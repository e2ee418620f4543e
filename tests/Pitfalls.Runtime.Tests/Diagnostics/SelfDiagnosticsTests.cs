using System.Diagnostics.Tracing;
using System.Reflection;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Diagnostics;

public class SelfDiagnosticsTests
{
    /// <summary>Tools and people filter by these: they never change, and a number is never used again.</summary>
    private static readonly Dictionary<int, string> s_events = new()
    {
        [1] = "Started",
        [2] = "DetectorFaulted",
        [3] = "DetectorDisabled",
        [4] = "Dropped",
        [5] = "OptionsRejected",
        [6] = "SinkFaulted",
    };

    [Fact]
    public void Every_event_keeps_its_number()
    {
        var declared = typeof(PitfallEventSource).GetMethods().Where(m => m.GetCustomAttribute<EventAttribute>() is not null)
            .ToDictionary(m => m.GetCustomAttribute<EventAttribute>()!.EventId, m => m.Name);

        Assert.Equal("Pitfalls-Runtime", PitfallEventSource.Log.Name);
        foreach (var (id, name) in s_events)
            Assert.Equal(name, declared[id]);
    }

    [Fact]
    public void Every_event_writes_what_it_declares()
    {
        // The manifest is generated from the methods: a wrong number or argument shows in it.
        Assert.NotNull(EventSource.GenerateManifest(typeof(PitfallEventSource), "test", EventManifestOptions.Strict));
        using var listener = new Listener();
        var methods = typeof(PitfallEventSource).GetMethods().Where(m => m.GetCustomAttribute<EventAttribute>() is not null).ToList();

        foreach (var method in methods)
            method.Invoke(PitfallEventSource.Log, [.. method.GetParameters().Select(p => p.ParameterType == typeof(string) ? Listener.Mark : (object)7)]);

        foreach (var method in methods)
        {
            var written = Assert.Single(listener.Written, e => e.EventName == method.Name && Equals(e.Payload![0], Listener.Mark));
            Assert.Equal(method.GetCustomAttribute<EventAttribute>()!.EventId, written.EventId);
            Assert.Equal(method.GetParameters().Length, written.Payload!.Count);
        }
    }

    [Fact]
    public void Drops_are_counted_by_station_and_reason_and_told_once()
    {
        var meter = Findings.Meter(out var measured, out var meters);
        using var _ = meters;
        using var listener = new Listener();
        var drops = new Drops(meter);

        for (var i = 0; i < 1_000; i++)
            drops.Add("a station of this test", "queue_full");
        drops.Add("a station of this test", "stopped");

        Assert.Equal([("a station of this test", "queue_full", 1_000), ("a station of this test", "stopped", 1)], drops.All);
        Assert.Equal(1_001, drops.Total);
        Assert.Equal(1_001, measured.Count(m => m.Instrument == "pitfall.signal.dropped"));
        Assert.All(measured, m => Assert.Equal(["error.type"], m.Tags.Keys));
        Assert.Equal(2, listener.Written.Count(e => e.EventName == "Dropped" && Equals(e.Payload![0], "a station of this test")));
    }

    [Fact]
    public void A_million_notes_stay_within_the_bound()
    {
        var notes = new StatusNotes();

        for (var i = 0; i < 1_000_000; i++)
            notes.Add($"note {i}");
        notes.Add("note 1");

        Assert.Equal(100, notes.All.Count);
        Assert.Equal(notes.All.Order(StringComparer.Ordinal), notes.All);
    }

    private sealed class Listener : EventListener
    {
        public const string Mark = "of the test";

        public System.Collections.Concurrent.ConcurrentQueue<EventWrittenEventArgs> Written { get; } = [];

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Pitfalls-Runtime")
                EnableEvents(eventSource, EventLevel.Verbose);
        }

        // The base constructor may call this before the queue is made.
        protected override void OnEventWritten(EventWrittenEventArgs eventData) => Written?.Enqueue(eventData);
    }
}
