using System.Collections.Concurrent;
using System.Diagnostics;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Signals.Startup.Hosting;

/// <summary>
/// Learns from the first contexts that Entity Framework makes what they reveal. Asking the container for their options would run the
/// app's configuration of them once more; Entity Framework announces them by itself.
/// </summary>
internal sealed class DatabaseContextWatch(HostFacts host, RequestScopes scopes, LiveOptions options) : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private const string ContextInitialized = "Microsoft.EntityFrameworkCore.Infrastructure.ContextInitialized";

    // A listener that wants the event makes Entity Framework build it for every context: the first ones must do.
    private const int MaxContexts = 100;

    private readonly ConcurrentDictionary<string, (bool Sensitive, bool Detailed)> _seen = new();
    // Entity Framework has a listener for each of its internal containers, and none of them ever ends.
    private readonly List<IDisposable> _events = [];
    private IDisposable? _listeners;
    private bool _isDisposed;
    private int _count;

    /// <summary>Told when a context that reveals something was seen for the first time.</summary>
    public event Action? Learned;

    public IReadOnlyList<string> WithSensitiveData => [.. _seen.Where(s => s.Value.Sensitive).Select(s => s.Key).Order(StringComparer.Ordinal)];

    public IReadOnlyList<string> WithDetailedErrors => [.. _seen.Where(s => s.Value.Detailed).Select(s => s.Key).Order(StringComparer.Ordinal)];

    public void Start()
    {
        // The rule judges Production only.
        if (options.Current.Profile == PitfallProfile.Production)
            _listeners = DiagnosticListener.AllListeners.Subscribe(this);
    }

    public void Dispose()
    {
        _listeners?.Dispose();
        lock (_events)
        {
            _isDisposed = true;
            _events.ForEach(e => e.Dispose());
            _events.Clear();
        }
    }

    void IObserver<DiagnosticListener>.OnNext(DiagnosticListener value)
    {
        if (value.Name != "Microsoft.EntityFrameworkCore")
            return;
        lock (_events)
        {
            if (!_isDisposed)
                _events.Add(value.Subscribe(this, name => name == ContextInitialized && Volatile.Read(ref _count) < MaxContexts));
        }
    }

    void IObserver<KeyValuePair<string, object?>>.OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Key != ContextInitialized || value.Value is null || Interlocked.Increment(ref _count) > MaxContexts)
            return;
        try
        {
            Look(value.Value);
        }
        catch (Exception exception)
        {
            // Another version of Entity Framework: what its contexts reveal is not seen. Nothing of the app may fail because of us.
            PitfallEventSource.Log.DetectorFaulted(nameof(DatabaseContextWatch), exception.GetType().FullName!);
            Volatile.Write(ref _count, MaxContexts);
        }
    }

    void IObserver<DiagnosticListener>.OnCompleted()
    {
    }

    void IObserver<DiagnosticListener>.OnError(Exception error)
    {
    }

    void IObserver<KeyValuePair<string, object?>>.OnCompleted()
    {
    }

    void IObserver<KeyValuePair<string, object?>>.OnError(Exception error)
    {
    }

    private void Look(object initialized)
    {
        var contextOptions = Get(initialized, "ContextOptions");
        if (Get(contextOptions, "ContextType") is not Type type || Get(contextOptions, "Extensions") is not IEnumerable<object> extensions)
            return;
        var core = extensions.FirstOrDefault(e => e.GetType().Name == "CoreOptionsExtension");
        var (sensitive, detailed) = (Get(core, "IsSensitiveDataLoggingEnabled") is true, Get(core, "DetailedErrorsEnabled") is true);
        if ((sensitive || detailed) && IsOurs(Get(core, "ApplicationServiceProvider") as IServiceProvider) && _seen.TryAdd(type.Name, (sensitive, detailed)))
            Learned?.Invoke();
    }

    /// <summary>The listener is the process's; only contexts of this host count. One made by hand, without a container, belongs to the host whose request it serves.</summary>
    private bool IsOurs(IServiceProvider? application) =>
        application is null
            ? ReferenceEquals(RequestScope.Current?.Host, scopes.Host)
            : ReferenceEquals(application.GetService(typeof(HostFacts)), host);

    // Properties of Entity Framework's own objects.
    private static object? Get(object? instance, string property) => instance?.GetType().GetProperty(property)?.GetValue(instance);
}
