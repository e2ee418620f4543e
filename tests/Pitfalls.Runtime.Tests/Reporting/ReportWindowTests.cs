using Microsoft.Extensions.Time.Testing;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Reporting;

public class ReportWindowTests
{
    private readonly List<QueuedFinding> _sent = [];
    private readonly List<string> _dropped = [];
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void The_1st_10th_100th_sighting_is_a_milestone()
    {
        var window = Window();

        for (var i = 0; i < 1000; i++)
            window.Add(Findings.Rule, PitfallSeverity.Warning, Findings.Seen());

        Assert.Equal([1, 10, 100, 1000], _sent.Where(s => s.Milestone is not null).Select(s => s.Milestone!.Count));
        Assert.All(_sent.Where(s => s.Milestone is not null), s => Assert.True(s.Milestone!.IsMilestone));
    }

    [Fact]
    public void Between_milestones_one_update_waits_and_takes_all_along()
    {
        var window = Window();
        for (var i = 0; i < 6; i++)
            window.Add(Findings.Rule, PitfallSeverity.Warning, Findings.Seen());

        // The first as a milestone, the second as an update; the third to sixth ride on it.
        Assert.Equal(2, _sent.Count);
        var update = _sent[1].Take();
        Assert.Equal((6, false), (update.Count, update.IsMilestone));

        window.Add(Findings.Rule, PitfallSeverity.Warning, Findings.Seen());
        Assert.Equal(7, _sent[2].Take().Count);
    }

    [Fact]
    public void An_update_that_found_no_place_is_tried_again_with_the_next_sighting()
    {
        var isFull = false;
        var window = new ReportWindow(10, _time, finding =>
        {
            if (isFull)
                return false;
            _sent.Add(finding);
            return true;
        }, _dropped.Add);
        window.Add(Findings.Rule, PitfallSeverity.Warning, Findings.Seen());
        isFull = true;
        window.Add(Findings.Rule, PitfallSeverity.Warning, Findings.Seen());
        isFull = false;
        window.Add(Findings.Rule, PitfallSeverity.Warning, Findings.Seen());

        Assert.Equal(3, _sent[^1].Take().Count);
    }

    [Fact]
    public void The_finding_speaks_of_the_worst_sighting_and_keeps_it()
    {
        var window = Window();
        window.Add(Findings.Rule, PitfallSeverity.Warning, Findings.Seen(message: "bad", weight: 1));
        window.Add(Findings.Rule, PitfallSeverity.Warning, Findings.Seen(message: "worst", weight: 5));
        window.Add(Findings.Rule, PitfallSeverity.Error, Findings.Seen(message: "as bad, but later", weight: 5));
        window.Add(Findings.Rule, PitfallSeverity.Error, Findings.Seen(message: "mild", weight: 0));

        var finding = _sent[^1].Take();

        Assert.Equal(("worst", 4, PitfallSeverity.Error), (finding.Message, finding.Count, finding.Severity));
    }

    [Fact]
    public void It_was_first_and_last_seen_when_it_was()
    {
        var window = Window();
        window.Add(Findings.Rule, PitfallSeverity.Warning, Findings.Seen());
        _time.Advance(TimeSpan.FromMinutes(3));
        window.Add(Findings.Rule, PitfallSeverity.Warning, Findings.Seen());

        var finding = _sent[^1].Take();

        Assert.Equal(TimeSpan.FromMinutes(3), finding.LastSeen - finding.FirstSeen);
    }

    [Fact]
    public void Routes_are_told_apart_and_bounded()
    {
        var window = Window();
        for (var i = 0; i < 1000; i++)
            window.Add(Findings.Rule, PitfallSeverity.Warning, Findings.Seen("one subject", route: $"GET /{i % 100}"));

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"GET /{i}"), _sent[^1].Take().Routes);
    }

    [Fact]
    public void A_fingerprint_never_changes()
    {
        // Pinned: users' baselines and suppressions hold these.
        Assert.Equal("33230b7a8e083bdc", ReportWindow.FingerprintOf(Findings.Rule, "GET /orders/{id}"));
        Assert.NotEqual(ReportWindow.FingerprintOf(Findings.Rule, "GET /orders"), ReportWindow.FingerprintOf(Findings.DevelopmentOnly, "GET /orders"));
    }

    [Fact]
    public void A_fingerprint_is_of_rule_and_subject_and_of_nothing_else()
    {
        var window = Window();
        window.Add(Findings.Rule, PitfallSeverity.Warning, Findings.Seen("s", "one text", "GET /a"));
        window.Add(Findings.Rule, PitfallSeverity.Error, Findings.Seen("s", "another text", "GET /b", weight: 9));
        window.Add(Findings.Rule, PitfallSeverity.Warning, Findings.Seen("t"));
        window.Add(Findings.DevelopmentOnly, PitfallSeverity.Warning, Findings.Seen("s"));

        Assert.Equal(3, _sent.Select(s => s.Take().Fingerprint).Distinct().Count());
    }

    [Fact]
    public void A_million_subjects_stay_within_the_bound_and_what_is_dropped_is_counted()
    {
        const int Million = 1_000_000;
        var window = Window(max: 100);

        for (var i = 0; i < Million; i++)
            window.Add(Findings.Rule, PitfallSeverity.Warning, Findings.Seen($"subject {i}"));
        // Those that have their place still count.
        window.Add(Findings.Rule, PitfallSeverity.Warning, Findings.Seen("subject 7"));

        Assert.Equal(100, _sent.Count(s => s.Milestone is not null));
        Assert.Equal(Million - 100, _dropped.Count);
        Assert.All(_dropped.Distinct(), reason => Assert.Equal("max_findings", reason));
        Assert.Equal(2, _sent[^1].Take().Count);
    }

    [Fact]
    public async Task Sightings_on_many_threads_are_all_counted()
    {
        var sent = new System.Collections.Concurrent.ConcurrentQueue<QueuedFinding>();
        var window = new ReportWindow(3, _time, finding =>
        {
            sent.Enqueue(finding);
            return true;
        }, reason =>
        {
            lock (_dropped)
                _dropped.Add(reason);
        });

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 2500; i++)
                window.Add(Findings.Rule, PitfallSeverity.Warning, Findings.Seen($"subject {i % 5}"));
        })));

        var last = sent.Select(s => s.Take()).GroupBy(f => f.Fingerprint).Select(g => g.Max(f => f.Count)).ToList();
        Assert.Equal([4000L, 4000L, 4000L], last);
        Assert.Equal(8000, _dropped.Count);
    }

    private ReportWindow Window(int max = 1000) => new(max, _time, finding =>
    {
        _sent.Add(finding);
        return true;
    }, _dropped.Add);
}
