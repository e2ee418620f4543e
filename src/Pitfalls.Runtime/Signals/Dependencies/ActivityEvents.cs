using System.Diagnostics;

namespace Pitfalls.Runtime.Signals.Dependencies;

/// <summary>
/// Calls of libraries that announce themselves as activities. The question whether an activity is to be recorded is news enough: it comes on
/// the caller's thread, and the answer is always no, so that the app's own tracing decides alone and stays as it is.
/// </summary>
internal sealed class ActivityEvents(DependencyWatch watch) : IDisposable
{
    private ActivityListener? _listener;

    public void Start()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => DependencySources.OfActivities(source.Name) is not null,
            Sample = Sample,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener?.Dispose();

    private ActivitySamplingResult Sample(ref ActivityCreationOptions<ActivityContext> options)
    {
        try
        {
            if (options.Kind is ActivityKind.Client or ActivityKind.Producer or ActivityKind.Internal && watch.Wants
                && DependencySources.OfActivities(options.Source.Name) is var (kind, system))
                Begin(kind, system, options.Name);
        }
        catch (Exception exception)
        {
            watch.Fault(exception);
        }

        return ActivitySamplingResult.None;
    }

    private void Begin(DependencyKind kind, string system, string name)
    {
        if (kind == DependencyKind.Http)
        {
            Layers.Enter(DependencyKind.Http, system);
            return;
        }

        // Opening a connection is no command.
        var isOpen = name.StartsWith("CONNECT", StringComparison.OrdinalIgnoreCase) || name.Equals("Open", StringComparison.OrdinalIgnoreCase);
        if (!isOpen && kind == DependencyKind.Database && Layers.IsBelow(kind, out _))
            return;
        watch.Begin(new CallStart { Kind = kind, System = system, Operation = isOpen ? "connect" : "command", IsSynchronous = isOpen ? false : null });
    }
}
