using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Blocking;

namespace Pitfalls.Runtime.Rules.Threading;

/// <summary>A pool thread that stands still in the user's code while it could serve other requests.</summary>
internal sealed class BlockedRequestThread : IWaitRule
{
    private static readonly DurationSetting s_minimumWait = new(
        "MinimumWait", "How long a thread must have waited to be worth a finding.",
        TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));

    public static PitfallRule Rule { get; } = new(1001, nameof(BlockedRequestThread), "Blocked request thread", PitfallSeverity.Warning, PitfallSeverity.Warning,
        "Await the call instead of blocking on it.", s_minimumWait);

    public TimeSpan ShortestWait(IPitfallReporter reporter) => reporter.IsEnabled(Rule) ? reporter.Get(Rule, s_minimumWait) : TimeSpan.MaxValue;

    public void Observe(BlockedWait wait, IPitfallReporter reporter)
    {
        // Blocking is what a thread of one's own is for.
        if (wait.Thread != ThreadKind.Pool || wait.Place == BlockedPlace.Nowhere || wait.Duration < reporter.Get(Rule, s_minimumWait))
            return;

        var place = wait.Place;
        var milliseconds = (long)wait.Duration.TotalMilliseconds;
        var held = wait.IsRunning ? "has held a pool thread for" : "held a pool thread for";
        var behind = place.WaitedFor is { } waitedFor ? $", waiting for {waitedFor}" : "";
        reporter.Report(Rule, new Occurrence
        {
            Message = $"{wait.Route ?? place.Location.Function} {held} {milliseconds:N0} ms in {place.Primitive}{behind}.",
            Subject = place.Subject,
            Fix = FixFor(place),
            Route = wait.Route,
            Location = place.Location,
            Evidence = Evidence.Of(
                ("primitive", place.Primitive),
                ("maxMilliseconds", milliseconds),
                ("waitedFor", place.WaitedFor),
                ("signature", place.Signature),
                ("thread", wait.Route is null ? "pool" : "request"),
                ("seenBy", wait.IsSampled ? "samples" : "events")),
            TraceId = wait.TraceId,
            Weight = wait.Duration.TotalMilliseconds,
            IsContinuation = wait.IsContinuation,
            Declared = wait.Declared,
            Ambient = wait.Ambient,
        });
    }

    private static string FixFor(BlockedPlace place) => place.Primitive switch
    {
        "Thread.Sleep" or "SpinWait.SpinUntil" => "await Task.Delay(…) gives the thread back meanwhile.",
        "lock" or "Monitor.Wait" or "ReaderWriterLockSlim" or "ReaderWriterLock" =>
            "Hold the lock for less: no I/O and no waiting inside; or use SemaphoreSlim with await WaitAsync().",
        "SemaphoreSlim.Wait" => "await semaphore.WaitAsync() gives the thread back meanwhile.",
        "Lazy.Value" => "Use Lazy<Task<T>> and await its Value, so that others wait without a thread.",
        "BlockingCollection.Take" or "BlockingCollection.Add" or "BlockingCollection.TakeFromAny" => "Use a Channel<T>: its reader and writer can be awaited.",
        "HttpClient.Send" => "await client.SendAsync(…) gives the thread back meanwhile.",
        "Process.WaitForExit" => "await process.WaitForExitAsync() gives the thread back meanwhile.",
        "Dns.GetHostEntry" => "await Dns.GetHostEntryAsync(…) or Dns.GetHostAddressesAsync(…).",
        "Task.WaitAll" => "await Task.WhenAll(…).",
        "Task.WaitAny" => "await Task.WhenAny(…).",
        _ when place.WaitedFor is { } callee => $"Await an asynchronous counterpart of {callee} instead of blocking on it.",
        _ => Rule.Fix,
    };
}
