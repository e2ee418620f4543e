using System.Collections.Concurrent;
using System.Diagnostics;

using Microsoft.Extensions.Hosting;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Dependencies;

/// <summary>Brings the calls of one host to its rules: which request, which phase, which place in the user's code.</summary>
internal sealed class DependencySignal : ISignal, IDisposable
{
    public const string Name = "dependencies";

    private const int Capacity = 8192;
    private const int LeastRepetitions = 3;
    private const int KeptBooks = 64;

    // Calls outside of requests are looked at once in that many milliseconds in Production: they tell what the app depends on, and that does not change.
    private const long OutsidePause = 50;

    private static readonly TimeSpan s_linger = TimeSpan.FromMilliseconds(20);

    private readonly LiveOptions _options;
    private readonly RuleRunner<IDependencyRule> _callRules;
    private readonly RuleRunner<IRepetitionRule> _repetitionRules;
    private readonly RequestScopes _scopes;
    private readonly CallPlaces _places;
    private readonly SourceLocator _locator;
    private readonly DetectorGuard _guard;
    private readonly TimeProvider _time;
    private readonly IHostApplicationLifetime? _lifetime;
    private readonly BoundedWorker<Item> _worker;
    private readonly ConcurrentQueue<RequestCalls> _books = new();
    private IDisposable? _membership;
    private long _calls;
    private long _nextOutside;

    public DependencySignal(
        LiveOptions options, IPitfallReporter reporter, RuleSet rules, RequestScopes scopes, UserCode userCode, SourceLocator locator,
        DetectorGuard guard, PitfallMeter meter, Drops drops, TimeProvider time, IHostApplicationLifetime? lifetime = null)
    {
        _options = options;
        _callRules = new RuleRunner<IDependencyRule>(rules, reporter, guard, meter);
        _repetitionRules = new RuleRunner<IRepetitionRule>(rules, reporter, guard, meter);
        _scopes = scopes;
        _places = new CallPlaces(new CallStackReader(userCode));
        _locator = locator;
        _guard = guard;
        _time = time;
        _lifetime = lifetime;
        _worker = new BoundedWorker<Item>("Pitfalls dependencies", Capacity, s_linger, Handle, reason => drops.Add(Name, reason));
    }

    /// <summary>Calls seen.</summary>
    public long Calls => Interlocked.Read(ref _calls);

    private bool IsStarted => _lifetime is null || _lifetime.ApplicationStarted.IsCancellationRequested;

    public void Start()
    {
        if (_membership is not null || (_callRules.IsEmpty && _repetitionRules.IsEmpty))
            return;
        _membership = DependencyWatch.Join(this);
        _scopes.Ended += OnEnded;
    }

    public Task DrainAsync() => _worker.DrainAsync();

    public void Dispose()
    {
        _scopes.Ended -= OnEnded;
        _membership?.Dispose();
        _worker.Dispose();
    }

    public bool IsMine(RequestScope scope) => ReferenceEquals(scope.Host, _scopes.Host);

    public bool WantsOutside() =>
        _options.Current.Profile == PitfallProfile.Development || !IsStarted || Environment.TickCount64 >= Volatile.Read(ref _nextOutside);

    /// <summary>Takes down a call that begins on this thread; false: it is of no interest.</summary>
    public bool Begin(in CallStart start, RequestScope? scope, out RawCall call)
    {
        call = default;
        if (_options.Current.Profile == PitfallProfile.Off || _guard.IsOff(Name))
            return false;
        Interlocked.Increment(ref _calls);
        call = new RawCall
        {
            Kind = start.Kind,
            System = start.System,
            Operation = start.Operation,
            Target = start.Target,
            Shape = CommandText.ShapeOf(start.Text),
            IsSynchronous = start.IsSynchronous,
            IsEntityFramework = start.IsEntityFramework,
            CountAs = start.CountAs,
            Started = Stopwatch.GetTimestamp(),
            Scope = scope,
            Owner = this,
            Ambient = Pitfall.Ambient,
        };
        if (scope is null)
        {
            Volatile.Write(ref _nextOutside, Environment.TickCount64 + OutsidePause);
            call.Phase = IsStarted ? CallPhase.Outside : CallPhase.Starting;
            return true;
        }

        var book = scope.HasEnded ? null : BookOf(scope);
        call.Phase = book is null ? CallPhase.AfterResponse : CallPhase.Request;
        if (book is null)
            call.SinceResponse = scope.HasEnded ? _time.GetElapsedTime(scope.EndedAt) : TimeSpan.Zero;
        call.Place = _places.For(scope.Endpoint, call.Shape, book?.Begin(call) ?? 0, start);
        call.IsSynchronous ??= call.Place?.IsSynchronous;
        if (call.Phase == CallPhase.Request && call.Place?.IsInValidator == true)
            call.Phase = CallPhase.Validation;
        book?.Keep(call, runs: start.Id != Guid.Empty);
        return true;
    }

    public void End(in RawCall call)
    {
        call.Scope?.Calls?.End(call, Stopwatch.GetTimestamp());
        Post(call);
    }

    public void Post(in RawCall call)
    {
        if (!_callRules.IsEmpty)
            _worker.TryPost(new Item(call, null));
    }

    public void Fault(Exception exception) => _guard.Fault(Name, exception);

    private RequestCalls? BookOf(RequestScope scope)
    {
        if (scope.Calls is { } known)
            return known;
        if (!_books.TryDequeue(out var book))
            book = new RequestCalls();
        book.Serve(scope);
        var attached = scope.Attach(book);
        if (!ReferenceEquals(attached, book))
            Return(book);
        return attached;
    }

    private void Return(RequestCalls book)
    {
        book.Clear();
        if (_books.Count < KeptBooks)
            _books.Enqueue(book);
    }

    private void OnEnded(RequestScope scope)
    {
        if (scope.TakeCalls() is not { } book)
            return;
        if (!book.HasRepetitions(LeastRepetitions) || !_worker.TryPost(new Item(new RawCall { Scope = scope, Owner = this }, book)))
            Return(book);
    }

    private void Handle(Item item)
    {
        try
        {
            if (item.Ended is { } book)
                Judge(book, item.Call.Scope!);
            else
                _callRules.Run(Read(item.Call), static (rule, call, reporter) => rule.Observe(call, reporter));
        }
        catch (Exception exception)
        {
            _guard.Fault(Name, exception);
        }
    }

    private void Judge(RequestCalls book, RequestScope scope)
    {
        foreach (var (call, count, time) in book.Repetitions(LeastRepetitions))
            _repetitionRules.Run(new Repetition(Read(call), count, time, scope.IsStream), static (rule, repetition, reporter) => rule.Observe(repetition, reporter));
        Return(book);
    }

    private DependencyCall Read(in RawCall raw)
    {
        raw.Place?.Read(_locator);
        return new DependencyCall
        {
            Kind = raw.Kind,
            System = raw.System,
            Target = raw.Target,
            Operation = raw.Operation,
            Table = raw.Place?.Table,
            Shape = raw.Shape,
            Phase = raw.Phase,
            IsSynchronous = raw.IsSynchronous,
            IsEntityFramework = raw.IsEntityFramework,
            Duration = raw.Duration,
            Failed = raw.Failed,
            SinceResponse = raw.SinceResponse,
            IsStream = raw.Scope?.IsStream == true,
            Route = raw.Scope?.Route,
            TraceId = raw.Scope?.TraceId,
            HealthCheck = raw.HealthCheck,
            Location = raw.Place?.Location,
            Function = raw.Place?.Function,
            Caller = raw.Place?.Caller,
            Declared = Allowance.Join(raw.Place?.Declared, raw.Scope?.Endpoint.Allowed),
            Ambient = Allowance.Join(raw.Ambient, raw.Scope?.Allowed),
        };
    }

    /// <summary>A call, or the book of a request that has ended.</summary>
    private readonly record struct Item(RawCall Call, RequestCalls? Ended);
}
