using Microsoft.Extensions.Hosting;

namespace Pitfalls.Runtime.Signals;

/// <summary>
/// Says when slow looks may begin: once the first request has been answered, or a moment after the start when none comes. Compiling and
/// running them takes some hundred milliseconds of processor time, which on a small machine the first request would wait for.
/// </summary>
internal sealed class AfterFirstRequest(IHostApplicationLifetime? lifetime = null) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly List<Action> _waiting = [];
    private CancellationTokenRegistration _started;
    private Timer? _timer;
    private bool _hasBegun;
    private bool _hasStarted;
    private volatile bool _isOpen;

    /// <summary>Runs it when the time has come; never before the host has started. It must be quick and must not throw.</summary>
    public void Run(Action action)
    {
        lock (_lock)
        {
            if (!_isOpen)
            {
                _waiting.Add(action);
                Begin();
                return;
            }
        }

        action();
    }

    /// <summary>A request has been answered.</summary>
    public void Answered()
    {
        if (!_isOpen)
            Open();
    }

    /// <summary>Somebody wants to know now: the host stops, or a test asks.</summary>
    public void Open()
    {
        Action[] actions;
        lock (_lock)
        {
            // What runs before the host has started would look at a half-made app.
            if (_isOpen || !_hasStarted)
                return;
            _isOpen = true;
            _timer?.Dispose();
            actions = [.. _waiting];
            _waiting.Clear();
        }

        foreach (var action in actions)
            action();
    }

    public void Dispose()
    {
        _started.Dispose();
        lock (_lock)
        {
            _isOpen = true;
            _waiting.Clear();
            _timer?.Dispose();
        }
    }

    private void Begin()
    {
        if (_hasBegun || lifetime is null)
            return;
        _hasBegun = true;
        _started = lifetime.ApplicationStarted.Register(static self => ((AfterFirstRequest)self!).Started(), this);
    }

    private void Started()
    {
        lock (_lock)
        {
            if (_isOpen)
                return;
            _hasStarted = true;
            using (ExecutionContext.SuppressFlow())
                _timer = new Timer(static self => ((AfterFirstRequest)self!).Open(), this, s_patience, Timeout.InfiniteTimeSpan);
        }
    }
}
