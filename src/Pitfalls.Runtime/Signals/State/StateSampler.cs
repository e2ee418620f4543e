using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>
/// Takes a sample every ten seconds (a setting), on a thread of its own: the pool may be starved when it matters. In the Production profile
/// every minute, and less often while nothing moves.
/// </summary>
internal sealed class StateSampler(
    Func<StateScan> makeScan, RuleSet rules, IPitfallReporter reporter, LiveOptions options, DetectorGuard guard, TimeProvider time, CollectionFaults faults,
    AfterFirstRequest moment)
    : ISignal, IDisposable
{
    private const int MaxBackOff = 8;
    private const int SoonEnough = 1000;

    private static readonly TimeSpan s_goodbye = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_breath = TimeSpan.FromMilliseconds(1);

    private readonly AutoResetEvent _wake = new(false);
    private readonly ManualResetEvent _end = new(false);
    private readonly Lock _lock = new();
    private readonly List<TaskCompletionSource> _asked = [];
    private Thread? _thread;
    private volatile bool _stopping;
    private long _lookedSoonAt = -2 * SoonEnough;

    public void Start() => moment.Run(StartThread);

    /// <summary>A sample is judged before it ends, and what is not yet sampled is not yet seen.</summary>
    public Task DrainAsync() => Task.CompletedTask;

    /// <summary>Takes a sample now, besides those of the clock, and completes when the rules have seen it.</summary>
    public Task SampleAsync()
    {
        moment.Open();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_stopping || _thread is null)
                return Task.FromException(new InvalidOperationException("the sampler does not run"));
            _asked.Add(asked);
        }

        _wake.Set();
        return asked.Task;
    }

    public void Dispose()
    {
        Thread? thread;
        lock (_lock)
        {
            if (_stopping)
                return;
            _stopping = true;
            thread = _thread;
        }

        faults.Waiting -= LookSoon;
        _end.Set();
        _wake.Set();
        if (thread is not null && !thread.Join(s_goodbye))
            return;
        _wake.Dispose();
        _end.Dispose();
    }

    private void StartThread()
    {
        lock (_lock)
        {
            if (_stopping || _thread is not null)
                return;
            faults.Waiting += LookSoon;
            _thread = new Thread(Run) { IsBackground = true, Name = "Pitfalls state", Priority = ThreadPriority.BelowNormal };
            _thread.UnsafeStart();
        }
    }

    private void Run()
    {
        using var timer = time.CreateTimer(static wake => Wake((AutoResetEvent)wake!), _wake, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        StateScan? scan = null;
        var backOff = 1;
        while (!_stopping && !guard.IsOff(StateScan.Name))
        {
            // Who asks during a sample gets the next one: this one may have been past what they want to see.
            var asked = TakeAsked();
            try
            {
                scan ??= makeScan();
                if (scan.IsWanted)
                    scan.Run(Breathe);
            }
            catch (Exception exception)
            {
                guard.Fault(StateScan.Name, exception);
            }

            asked.ForEach(a => a.TrySetResult());
            backOff = options.Current.Profile != PitfallProfile.Production || scan?.IsAnythingGrowing == true ? 1 : Math.Min(MaxBackOff, backOff * 2);
            timer.Change(Interval() * backOff, Timeout.InfiniteTimeSpan);
            _wake.WaitOne();
        }

        lock (_lock)
            _stopping = true;
        TakeAsked().ForEach(a => a.TrySetResult());
    }

    /// <summary>The runtime has told of a collection in two hands: in the Production profile the next look may be minutes away. At most one a second.</summary>
    private void LookSoon()
    {
        var now = Environment.TickCount64;
        if (now - Interlocked.Exchange(ref _lookedSoonAt, now) > SoonEnough)
            Wake(_wake);
    }

    private void Breathe() => _end.WaitOne(s_breath);

    private TimeSpan Interval() => rules.Woken<ISampleClock>() is [var (_, clock), ..] ? clock.Interval(reporter) : TimeSpan.FromSeconds(10);

    private List<TaskCompletionSource> TakeAsked()
    {
        lock (_lock)
        {
            List<TaskCompletionSource> asked = [.. _asked];
            _asked.Clear();
            return asked;
        }
    }

    private static void Wake(AutoResetEvent wake)
    {
        try
        {
            wake.Set();
        }
        catch (ObjectDisposedException)
        {
            // The timer's last tick met the host's end.
        }
    }
}
