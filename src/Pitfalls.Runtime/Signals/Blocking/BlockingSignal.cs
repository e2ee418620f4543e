using System.Diagnostics;
using System.Reflection;

using Microsoft.Extensions.Hosting;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Blocking;

/// <summary>Brings what blocks to the rules of one host: finds the place in the user's code and the request, on a thread of its own.</summary>
internal sealed class BlockingSignal : IBlockingSubscriber, ISignal, IDisposable
{
    public const string Name = "blocking";

    private const int Capacity = 2048;
    private const int MaxDelays = 8;

    private readonly LiveOptions _options;
    private readonly IPitfallReporter _reporter;
    private readonly RuleRunner<IWaitRule> _waitRules;
    private readonly RuleRunner<IPoolRule> _poolRules;
    private readonly IWaitRule[] _shortest;
    private readonly StackJudge _judge;
    private readonly WaitRoutes _routes;
    private readonly RequestScopes _scopes;
    private readonly UserCode _userCode;
    private readonly DetectorGuard _guard;
    private readonly PitfallMeter _meter;
    private readonly Drops _drops;
    private readonly Channels _channels;
    private readonly StatusNotes _notes;
    private readonly IHostApplicationLifetime? _lifetime;
    private readonly BoundedWorker<object> _worker;
    private readonly Queue<TimeSpan> _delays = [];
    private readonly Lock _lock = new();
    private CancellationTokenRegistration _started;
    private CancellationTokenRegistration _stopping;
    private IDisposable? _membership;
    private bool _hasEnded;
    private long _startedAt;
    private long _waits;
    private (int Threads, int Starvation, int Blocking)? _calm;

    public BlockingSignal(
        LiveOptions options, IPitfallReporter reporter, RuleSet rules, StackJudge judge, WaitRoutes routes, RequestScopes scopes, UserCode userCode,
        DetectorGuard guard, PitfallMeter meter, Drops drops, Channels channels, StatusNotes notes, IHostApplicationLifetime? lifetime = null)
    {
        _options = options;
        _reporter = reporter;
        _waitRules = new RuleRunner<IWaitRule>(rules, reporter, guard, meter);
        _poolRules = new RuleRunner<IPoolRule>(rules, reporter, guard, meter);
        _shortest = [.. rules.Woken<IWaitRule>().Select(r => r.Instance)];
        _judge = judge;
        _routes = routes;
        _scopes = scopes;
        _userCode = userCode;
        _guard = guard;
        _meter = meter;
        _drops = drops;
        _channels = channels;
        _notes = notes;
        _lifetime = lifetime;
        _worker = new BoundedWorker<object>("Pitfalls blocking", Capacity, TimeSpan.Zero, Handle, reason => drops.Add(Name, reason));
    }

    public bool IsDevelopment => _options.Current.Profile == PitfallProfile.Development;

    public TimeSpan ShortestWait =>
        _options.Current.Profile == PitfallProfile.Off || _shortest.Length == 0 ? TimeSpan.MaxValue : _shortest.Min(r => r.ShortestWait(_reporter));

    /// <summary>Waits long enough to be shown to the rules.</summary>
    public long Waits => Interlocked.Read(ref _waits);

    /// <summary>The watch begins when the host serves, on a thread of its own: opening it takes tens of milliseconds that no start shall wait for.</summary>
    public void Start()
    {
        if (_lifetime is null)
        {
            Begin();
            return;
        }

        _started = _lifetime.ApplicationStarted.Register(() => new Thread(Begin) { IsBackground = true, Name = "Pitfalls blocking start" }.UnsafeStart());
        _stopping = _lifetime.ApplicationStopped.Register(End);
    }

    public Task DrainAsync() => _worker.DrainAsync();

    public void Dispose()
    {
        End();
        _stopping.Dispose();
        _worker.Dispose();
        ThreadSlot.Forget(_scopes.Host);
    }

    public bool IsMine(RequestScope scope) => ReferenceEquals(scope.Host, _scopes.Host);

    public bool IsUserCode(Assembly assembly) => _userCode.Contains(assembly);

    public bool IsWorthFollowing(CallStack stack) =>
        _judge.Judge(stack) is var place && (place != BlockedPlace.Nowhere ? !place.IsToldByEvents : StackJudge.MayBeInHandler(stack));

    public void OnWait(RawWait wait) => _worker.TryPost(wait);

    public void OnPool(RawPool pool) => _worker.TryPost(pool);

    public void OnQueueDelay(TimeSpan delay) => _meter.Queued(delay);

    public void OnChannel(string name, bool works, string? reason) => _channels.Tell(name, works, reason);

    public void OnLost(long count) => _drops.Add(Name, "events_lost");

    public void OnFault(Exception exception) => _guard.Fault(Name, exception);

    private void Begin()
    {
        try
        {
            if (_options.Current.Profile == PitfallProfile.Off || (_waitRules.IsEmpty && _poolRules.IsEmpty))
                return;
            lock (_lock)
            {
                if (_hasEnded)
                    return;
                _startedAt = Stopwatch.GetTimestamp();
                _membership ??= BlockingWatch.Join(this);
            }
        }
        catch (Exception exception)
        {
            _guard.Fault(Name, exception);
        }
    }

    private void End()
    {
        _started.Dispose();
        lock (_lock)
        {
            _hasEnded = true;
            _membership?.Dispose();
            _membership = null;
        }
    }

    private void Handle(object item)
    {
        try
        {
            if (_options.Current.Profile == PitfallProfile.Off || _guard.IsOff(Name))
                return;
            if (item is RawWait wait)
                Judge(wait);
            else if (item is RawPool pool)
                Judge(pool);
        }
        catch (Exception exception)
        {
            _guard.Fault(Name, exception);
        }
    }

    private void Judge(RawWait raw)
    {
        Interlocked.Increment(ref _waits);
        var facts = raw.Stack.Facts;
        if (facts.Thread == ThreadKind.Ours)
            return;
        var place = PlaceOf(raw.Stack, raw.Scope);
        if (place == BlockedPlace.Nowhere || (raw.IsSampled && place.IsToldByEvents) || IsSomebodyElses(raw.Scope, place))
            return;
        var (route, endpoint) = _routes.Of(raw.Scope, facts);
        var wait = new BlockedWait
        {
            Place = place,
            Duration = raw.Duration,
            Thread = facts.Thread == ThreadKind.Unknown && raw.Scope is not null ? ThreadKind.Pool : facts.Thread,
            IsRunning = raw.IsRunning,
            IsContinuation = raw.WasTold,
            IsSampled = raw.IsSampled,
            Route = route,
            TraceId = raw.Scope?.TraceId,
            Declared = Allowance.Join(place.Declared, endpoint?.Allowed),
            Ambient = raw.Allowed,
        };
        _waitRules.Run((rule, reporter) => rule.Observe(wait, reporter));
    }

    private BlockedPlace PlaceOf(CallStack stack, RequestScope? scope) =>
        _judge.Judge(stack) is var place && (place != BlockedPlace.Nowhere || scope is null || !StackJudge.MayBeInHandler(stack))
            ? place
            : _judge.Judge(stack, _routes.Of(scope, stack.Facts).Facts?.Handler);

    /// <summary>Outside of requests only the code tells whose a wait is; where two hosts share it, to guess would be to tell one of the other's affairs.</summary>
    private bool IsSomebodyElses(RequestScope? scope, BlockedPlace place)
    {
        if (scope is not null || place.Assembly is not { } assembly || !BlockingWatch.IsClaimedByOthers(this, assembly))
            return false;
        _drops.Add(Name, "ambiguous_host");
        return true;
    }

    private void Judge(RawPool raw)
    {
        var reading = raw.Reading;
        if (reading.QueueDelay < TimeSpan.FromMilliseconds(100))
        {
            _calm = null;
            _delays.Clear();
        }

        _calm ??= (reading.Threads, raw.GrownByStarvation, raw.GrownByBlocking);
        _delays.Enqueue(reading.QueueDelay);
        if (_delays.Count > MaxDelays)
            _delays.Dequeue();

        var sample = new PoolSample
        {
            SinceStart = Stopwatch.GetElapsedTime(_startedAt),
            QueueDelay = reading.QueueDelay,
            Late = reading.Late,
            Delays = [.. _delays],
            Threads = reading.Threads,
            Queued = reading.Queued,
            CpuShare = reading.CpuShare,
            ThreadsBefore = _calm.Value.Threads,
            GrownByStarvation = raw.GrownByStarvation - _calm.Value.Starvation,
            GrownByBlocking = raw.GrownByBlocking - _calm.Value.Blocking,
            WasHeldUp = raw.WasHeldUp,
            Groups = Groups(raw),
            Blocked = raw.Groups.Sum(g => g.Threads),
        };
        if (sample.QueueDelay.TotalMilliseconds >= 500 && (sample.CpuShare >= 0.75 || sample.Late * 2 >= sample.QueueDelay) && sample.Blocked * 4 < sample.Threads * 3)
            _notes.Add("Work items waited for a pool thread while the processors were busy: that is saturation, not starvation.");
        _poolRules.Run((rule, reporter) => rule.Observe(sample, reporter));
    }

    private IReadOnlyList<BlockedGroup> Groups(RawPool pool) =>
        [.. pool.Groups
            .Select(raw => (Raw: raw, Place: PlaceOf(raw.Stack, raw.Scopes.FirstOrDefault(IsMine)), Mine: raw.Scopes.Where(IsMine).ToList()))
            .Where(g => g.Place != BlockedPlace.Nowhere && (g.Mine.Count > 0 || (g.Raw.Scopes.Count == 0 && !IsSomebodyElses(null, g.Place))))
            .GroupBy(g => g.Place.Subject, StringComparer.Ordinal)
            .Select(g =>
            {
                var routes = g.SelectMany(one => one.Mine.Count > 0 ? one.Mine.Select(scope => _routes.Of(scope, one.Raw.Stack.Facts)) : [_routes.Of(null, one.Raw.Stack.Facts)]).ToList();
                return new BlockedGroup(
                    g.First().Place,
                    g.Sum(one => one.Raw.Threads),
                    [.. routes.Select(r => r.Route).OfType<string>().Distinct().Order(StringComparer.Ordinal)],
                    Allowance.Join(g.First().Place.Declared, routes.FirstOrDefault(r => r.Facts?.Allowed is not null).Facts?.Allowed));
            })
            .OrderByDescending(g => g.Threads)];
}
