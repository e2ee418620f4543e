using System.Diagnostics;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Signals.Dependencies;

/// <summary>
/// Hears of calls for the whole process: diagnostic listeners and activity sources are the process's, so one object subscribes, counted, and
/// hands each call to the host in whose request it is made.
/// </summary>
internal sealed class DependencyWatch : IObserver<DiagnosticListener>, IDisposable
{
    private static readonly Lock s_lock = new();
    private static DependencyWatch? s_current;

    private readonly Dictionary<string, Func<DependencyWatch, IDiagnosticSource>> _sources = new()
    {
        [EntityFrameworkEvents.ListenerName] = static watch => new EntityFrameworkEvents(watch),
        [HttpClientEvents.ListenerName] = static watch => new HttpClientEvents(watch),
        [SqlClientEvents.ListenerName] = static watch => new SqlClientEvents(watch),
    };

    // Entity Framework has a listener for each of its internal containers, and none of them ever ends.
    private readonly List<IDisposable> _subscriptions = [];
    private readonly OpenCalls _open = new();
    private readonly ActivityEvents _activities;
    private IDisposable? _listeners;
    private bool _isDisposed;
    private volatile DependencySignal[] _hosts = [];

    private DependencyWatch() => _activities = new ActivityEvents(this);

    /// <summary>The one that listens; <see langword="null"/>: no host wants to know.</summary>
    public static DependencyWatch? Current => Volatile.Read(ref s_current);

    /// <summary>Whether a call that begins here and now is of interest to anybody. Asked before the source builds what it would tell.</summary>
    public bool Wants => RequestScope.Current is not null || WantsOutside();

    /// <summary>Whether an end may belong to a beginning that was told.</summary>
    public bool HasOpen => !_open.IsEmpty;

    public static IDisposable Join(DependencySignal host)
    {
        lock (s_lock)
        {
            var watch = s_current;
            if (watch is null)
            {
                s_current = watch = new DependencyWatch();
                watch._hosts = [host];
                watch.Subscribe();
            }
            else
            {
                watch._hosts = [.. watch._hosts, host];
            }

            return new Membership(watch, host);
        }
    }

    /// <summary>A call begins on this thread.</summary>
    public void Begin(in CallStart start)
    {
        try
        {
            var scope = RequestScope.Current;
            if (OwnerOf(scope) is not { } owner || !owner.Begin(start, scope, out var call))
                return;
            if (start.Id == Guid.Empty)
                owner.Post(call);
            else
                _open.Begin(start.Id, call);
        }
        catch (Exception exception)
        {
            // The app's call goes on whatever becomes of our note of it.
            Fault(exception);
        }
    }

    /// <summary>A call that was told has ended, wherever.</summary>
    public void End(Guid id, bool failed)
    {
        try
        {
            if (!_open.TryEnd(id, out var call) || call.Owner is not { } owner)
                return;
            call.Duration = Stopwatch.GetElapsedTime(call.Started);
            call.Failed = failed;
            owner.End(call);
        }
        catch (Exception exception)
        {
            Fault(exception);
        }
    }

    /// <summary>Entity Framework begins to save: the commands that follow belong together.</summary>
    public static void BeginSave()
    {
        if (RequestScope.Current is { Calls: { } calls } scope)
            calls.BeginSave(scope);
    }

    public void Fault(Exception exception)
    {
        PitfallEventSource.Log.DetectorFaulted(DependencySignal.Name, exception.GetType().FullName!);
        foreach (var host in _hosts)
            host.Fault(exception);
    }

    public void Dispose()
    {
        _listeners?.Dispose();
        _activities.Dispose();
        lock (_subscriptions)
        {
            _isDisposed = true;
            _subscriptions.ForEach(s => s.Dispose());
            _subscriptions.Clear();
        }
    }

    void IObserver<DiagnosticListener>.OnNext(DiagnosticListener value)
    {
        if (!_sources.TryGetValue(value.Name, out var make))
            return;
        lock (_subscriptions)
        {
            if (_isDisposed)
                return;
            var source = make(this);
            _subscriptions.Add(value.Subscribe(source, source.IsWanted));
        }
    }

    void IObserver<DiagnosticListener>.OnCompleted()
    {
    }

    void IObserver<DiagnosticListener>.OnError(Exception error)
    {
    }

    private void Subscribe()
    {
        _activities.Start();
        _listeners = DiagnosticListener.AllListeners.Subscribe(this);
    }

    /// <summary>The host in whose request the call is made. Outside of requests a host is known only where there is but one.</summary>
    private DependencySignal? OwnerOf(RequestScope? scope)
    {
        var hosts = _hosts;
        if (scope is null)
            return hosts.Length == 1 ? hosts[0] : null;
        foreach (var host in hosts)
        {
            if (host.IsMine(scope))
                return host;
        }

        return null;
    }

    private bool WantsOutside() => _hosts is [var only] && only.WantsOutside();

    private void Leave(DependencySignal host)
    {
        lock (s_lock)
        {
            _hosts = [.. _hosts.Where(h => h != host)];
            _open.Forget(host);
            if (_hosts.Length > 0)
                return;
            if (ReferenceEquals(s_current, this))
                s_current = null;
            Dispose();
        }
    }

    private sealed class Membership(DependencyWatch watch, DependencySignal host) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
                watch.Leave(host);
        }
    }
}

/// <summary>Reads the events of one library's diagnostic listener.</summary>
internal interface IDiagnosticSource : IObserver<KeyValuePair<string, object?>>
{
    /// <summary>Asked before the library builds an event, for each one: an event nobody wants costs it nothing.</summary>
    bool IsWanted(string name);
}
