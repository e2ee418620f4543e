using System.Diagnostics;

using Microsoft.Extensions.Hosting;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Exceptions;

/// <summary>
/// Follows what is thrown in this host's requests and hosted services, and settles what became of it once the request has ended: on a thread of its
/// own, from the finished traces.
/// </summary>
internal sealed class ExceptionSignal : ISignal, IFirstChanceSubscriber, IDisposable
{
    public const string Name = "exceptions";

    private const int Capacity = 512;

    private static readonly TimeSpan s_linger = TimeSpan.FromMilliseconds(20);

    /// <summary>How long background work has to catch what it threw.</summary>
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(500);

    private static readonly Exception s_prepared = new InvalidOperationException();

    /// <summary>Longer than an exception is on its way, but for a busy machine.</summary>
    private const int FlightMilliseconds = 20;

    private readonly LiveOptions _options;
    private readonly RuleRunner<ICaughtExceptionRule> _rules;
    private readonly RequestScopes _scopes;
    private readonly CatchBook _catches;
    private readonly SourceLocator _locator;
    private readonly DetectorGuard _guard;
    private readonly Channels _channels;
    private readonly IThrownExceptionListener[] _listeners;
    private readonly IHostApplicationLifetime? _lifetime;
    private readonly BoundedWorker<Settlement> _worker;
    private readonly LateSignal _late;
    private readonly HostedWork _hosted;
    private readonly ExceptionBudget _budget = new();
    private readonly UnobservedFaults _faults;
    private IDisposable? _membership;
    private IDisposable? _unobserved;
    private Timer? _turns;

    public ExceptionSignal(
        LiveOptions options, IPitfallReporter reporter, RuleSet rules, RequestScopes scopes, LateSignal late, HostedWork hosted, UserCode userCode, SourceLocator locator, DetectorGuard guard,
        PitfallMeter meter, Drops drops, Channels channels, IEnumerable<IThrownExceptionListener> listeners, IHostApplicationLifetime? lifetime = null)
    {
        _options = options;
        _rules = new RuleRunner<ICaughtExceptionRule>(rules, reporter, guard, meter);
        _scopes = scopes;
        _catches = new CatchBook(userCode);
        _faults = new UnobservedFaults(_catches, locator, new RuleRunner<IUnobservedTaskRule>(rules, reporter, guard, meter));
        _locator = locator;
        _guard = guard;
        _channels = channels;
        _listeners = [.. listeners];
        _lifetime = lifetime;
        _late = late;
        _hosted = hosted;
        _worker = new BoundedWorker<Settlement>("Pitfalls exceptions", Capacity, s_linger, Settle, reason => drops.Add(Name, reason));
    }

    public void Start()
    {
        _scopes.Ended += OnEnded;
        // Neither the timer nor what it does belongs to the hosted services.
        using (ExecutionContext.SuppressFlow())
            _turns = new Timer(static state => ((ExceptionSignal)state!).EndTurn(s_turn), this, s_turn, s_turn);
        _membership = FirstChance.Join(this);
        _unobserved = UnobservedTasks.Join(_faults.OnUnobserved);
        _channels.Tell(Name, works: true);
    }

    public Task DrainAsync()
    {
        EndTurn(TimeSpan.Zero);
        return _worker.DrainAsync();
    }

    public void Dispose()
    {
        _membership?.Dispose();
        _unobserved?.Dispose();
        _turns?.Dispose();
        _scopes.Ended -= OnEnded;
        _worker.Dispose();
    }

    public void Prepare()
    {
        // What OnThrown calls, called once without an exception on its way.
        _ = _budget.Take();
        _ = new ThrownExceptions(1).Contains(s_prepared);
        new ThrownExceptions(1).Add(s_prepared, Pitfall.Ambient);
        _ = _options.Current.Profile;
    }

    public void OnThrown(Exception exception, RequestScope? scope)
    {
        if (scope is not null && !ReferenceEquals(scope.Host, _scopes.Host))
            return;
        if (_options.Current.Profile == PitfallProfile.Off)
            return;
        foreach (var listener in _listeners)
        {
            if (listener.IsWorthTelling(exception))
                listener.OnThrown(exception, scope);
        }

        if (scope is null)
            NoteInBackground(exception);
        else if (!scope.HasEnded)
            Note(exception, scope.ThrownSoFar, scope);
        else if (_budget.Take())
            _worker.TryPost(new Settlement([new Thrown(exception, Pitfall.Ambient, isHosted: false)], scope, Stage.Late));
    }

    private void Note(Exception exception, ThrownExceptions? thrown, RequestScope scope)
    {
        if (thrown?.IsFull == true || thrown?.Contains(exception) == true || !_budget.Take())
            return;
        (thrown ?? scope.Thrown).Add(exception, Pitfall.Ambient);
    }

    private void NoteInBackground(Exception exception)
    {
        // Where only one host listens, a hosted service that was started before us is known by its type when it has caught.
        var current = HostedWork.Current;
        if (!ReferenceEquals(current ?? (FirstChance.Subscribers == 1 ? _hosted : null), _hosted))
            return;
        if (!_hosted.Thrown.IsFull && !_hosted.Thrown.Contains(exception) && _budget.Take())
            _hosted.Thrown.Add(exception, Pitfall.Ambient, isHosted: current is not null);
    }

    private void OnEnded(RequestScope scope)
    {
        if (scope.ThrownSoFar is { IsEmpty: false } thrown && thrown.Take() is { Count: > 0 } all)
            _worker.TryPost(new Settlement(all, scope, scope.WasAborted ? Stage.Aborted : Stage.Ended));
    }

    private void EndTurn(TimeSpan turn)
    {
        if (_faults.IsAnyWaiting)
            _worker.TryPost(new Settlement([], null, Stage.Ended));
        if (_hosted.Thrown.IsEmpty)
            return;
        var settled = new List<Thrown>();
        var now = Environment.TickCount64;
        foreach (var thrown in _hosted.Thrown.Take())
        {
            if (now - thrown.At >= turn.TotalMilliseconds)
                settled.Add(thrown);
            else
                _hosted.Thrown.Add(thrown);
        }

        // What goes wrong while the app stops is the stop's doing.
        if (settled.Count > 0 && _lifetime?.ApplicationStopping.IsCancellationRequested != true)
            _worker.TryPost(new Settlement(settled, null, Stage.Ended));
    }

    private void Settle(Settlement settlement)
    {
        if (_options.Current.Profile == PitfallProfile.Off || _guard.IsOff(Name))
            return;
        Safely(_faults.Judge);
        foreach (var thrown in settlement.Thrown)
        {
            try
            {
                if (settlement is { Stage: Stage.Late, Scope: { } ended })
                {
                    // Told at its throw, its trace grows frame by frame on the way to who catches it.
                    if (Environment.TickCount64 - thrown.At < FlightMilliseconds)
                        Thread.Sleep(FlightMilliseconds);
                    _late.OnException(thrown, ended);
                }

                if (settlement.Stage == Stage.Late || _catches.Find(thrown.Exception) is not { Fate: not CatchFate.Builder } site)
                    // Nobody has caught it; perhaps nobody ever will.
                    _faults.Remember(thrown, settlement.Scope);
                else if (settlement.Scope is not null || thrown.IsHosted || IsHostedService(site))
                    _rules.Run(Caught(thrown, site, settlement), static (rule, caught, reporter) => rule.Observe(caught, reporter));
            }
            catch (Exception exception)
            {
                _guard.Fault(Name, exception);
            }
        }
    }

    private CaughtException Caught(Thrown thrown, CatchSite site, in Settlement settlement)
    {
        var exception = thrown.Exception;
        var scope = settlement.Scope;
        var isVanished = site is { CatchesAll: true, Fate: CatchFate.Vanishes };
        return new CaughtException
        {
            Type = exception.GetType().FullName ?? exception.GetType().Name,
            // A file is read for the line: not for the many that nobody will hear of.
            Location = isVanished ? _locator.Locate(site.Method, site.Offset) : new PitfallLocation { Function = MethodNames.Readable(site.Method) },
            Subject = $"{MethodNames.Identity(site.Method)} catch #{site.Ordinal}",
            CatchesAll = site.CatchesAll,
            Fate = site.Fate,
            WasLogged = thrown.WasLogged,
            // A timeout comes as a cancellation that nobody asked for.
            IsCancellation = exception is OperationCanceledException and not { InnerException: TimeoutException },
            IsAbortedRequest = settlement.Stage == Stage.Aborted && exception is OperationCanceledException or IOException or ObjectDisposedException or System.Net.Sockets.SocketException,
            Status = scope?.Status ?? 0,
            ThrownBy = site.ThrownBy,
            Route = scope?.Route,
            TraceId = scope?.TraceId,
            Declared = isVanished ? Allowance.Join(SourceLocator.DeclaredAt(site.Method), scope?.Endpoint.Allowed) : null,
            Ambient = Allowance.Join(thrown.Ambient, scope?.Allowed),
        };
    }

    private void Safely(Action judge)
    {
        try
        {
            judge();
        }
        catch (Exception exception)
        {
            _guard.Fault(Name, exception);
        }
    }

    private static bool IsHostedService(CatchSite site) =>
        MethodNames.AuthorsType(site.Method)?.IsAssignableTo(typeof(IHostedService)) == true;

    /// <summary>When it is that somebody asks what became of an exception.</summary>
    private enum Stage
    {
        Ended,
        Aborted,
        Late,
    }

    private readonly record struct Settlement(IReadOnlyList<Thrown> Thrown, RequestScope? Scope, Stage Stage);
}

/// <summary>How many exceptions of a host are followed: the first hundreds, then so many a second that an app which lives on exceptions does not feel it.</summary>
internal sealed class ExceptionBudget
{
    public const int First = 200;
    public const int PerSecond = 50;

    private int _taken;
    private long _nextDue;

    public bool Take()
    {
        if (Volatile.Read(ref _taken) < First && Interlocked.Increment(ref _taken) <= First)
            return true;
        var now = Stopwatch.GetTimestamp();
        var due = Interlocked.Read(ref _nextDue);
        return now >= due && Interlocked.CompareExchange(ref _nextDue, now + (Stopwatch.Frequency / PerSecond), due) == due;
    }
}
