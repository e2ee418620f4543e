using System.Globalization;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Blocking;

namespace Pitfalls.Runtime.Rules.Threading;

/// <summary>Requests wait for a pool thread while the pool's threads wait for something else.</summary>
internal sealed class ThreadPoolStarvation : IPoolRule
{
    private const int InARow = 2;
    private const int AgainAfter = 10;
    private const int GroupsShown = 3;

    private static readonly DurationSetting s_queueDelay = new(
        "QueueDelay", "How long a work item must have waited for a thread, in two looks in a row.",
        TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));

    private static readonly DurationSetting s_startUp = new(
        "StartUp", "How long after the start a slow pool is taken for warming up.",
        TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10), TimeSpan.Zero, TimeSpan.FromMinutes(10));

    private int _inARow;

    public static PitfallRule Rule { get; } = new(1002, nameof(ThreadPoolStarvation), "Thread-pool starvation", PitfallSeverity.Error, PitfallSeverity.Error,
        "Make the named calls asynchronous: more threads only move the limit.", s_queueDelay, s_startUp);

    public void Observe(PoolSample sample, IPitfallReporter reporter)
    {
        if (!IsStarved(sample, reporter))
        {
            _inARow = 0;
            return;
        }

        _inARow++;
        if (_inARow >= InARow && (_inARow - InARow) % AgainAfter == 0)
            Report(sample, sample.Groups[0], reporter);
    }

    /// <summary>
    /// A busy processor makes work wait too, and be it busy with other processes or held back by a quota: but then other threads wait for it as well, work
    /// is not left lying, and most of the pool's threads run or are idle.
    /// </summary>
    private static bool IsStarved(PoolSample sample, IPitfallReporter reporter) =>
        sample.QueueDelay - sample.Late >= reporter.Get(Rule, s_queueDelay)
        && sample.SinceStart >= reporter.Get(Rule, s_startUp)
        && !sample.WasHeldUp
        && sample.Groups is not []
        && sample.Queued > 0
        && sample.Blocked * 4 >= sample.Threads * 3
        && sample.Groups.Sum(g => g.Threads) * 2 >= sample.Blocked;

    private static void Report(PoolSample sample, BlockedGroup culprit, IPitfallReporter reporter)
    {
        var place = culprit.Place;
        var delay = (long)sample.QueueDelay.TotalMilliseconds;
        var routes = culprit.Routes.Count > 0 ? $" ({string.Join(", ", culprit.Routes.Take(GroupsShown))})" : "";
        reporter.Report(Rule, new Occurrence
        {
            Message = $"Work waited {delay:N0} ms for a pool thread: {culprit.Threads} of {sample.Threads} threads stand still in {place.Primitive} at {place.Location.Function}{routes}.",
            Subject = place.Subject,
            Route = culprit.Routes.Count > 0 ? culprit.Routes[0] : null,
            Location = place.Location,
            Evidence = Evidence.Of(
                ("queueDelayMilliseconds", delay),
                ("queueDelays", string.Join(", ", sample.Delays.Select(d => d.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture))) + " ms"),
                ("queuedWorkItems", sample.Queued),
                ("poolThreads", sample.Threads),
                ("poolThreadsBefore", sample.ThreadsBefore),
                ("grownByStarvation", sample.GrownByStarvation),
                ("grownByBlocking", sample.GrownByBlocking),
                ("blockedThreads", sample.Blocked),
                ("blockedHere", culprit.Threads),
                ("primitive", place.Primitive),
                ("waitedFor", place.WaitedFor),
                ("signature", place.Signature),
                ("culprits", string.Join("; ", sample.Groups.Take(GroupsShown).Select(Describe))),
                ("routes", culprit.Routes.Count > 0 ? string.Join(", ", culprit.Routes) : null)),
            Weight = sample.QueueDelay.TotalMilliseconds,
            Declared = culprit.Declared,
        });
    }

    private static string Describe(BlockedGroup group) => string.Create(
        CultureInfo.InvariantCulture, $"{group.Threads} × {group.Place.Primitive} at {group.Place.Location}");
}
