namespace Pitfalls.Runtime.Signals.Dependencies;

/// <summary>What the readers of diagnostic listeners share: whatever happens while an event is read, the library that tells it goes on.</summary>
internal abstract class DiagnosticEvents(DependencyWatch watch) : IDiagnosticSource
{
    protected DependencyWatch Watch { get; } = watch;

    public abstract bool IsWanted(string name);

    public void OnNext(KeyValuePair<string, object?> value)
    {
        try
        {
            if (value.Value is { } payload)
                Read(value.Key, payload);
        }
        catch (Exception exception)
        {
            Watch.Fault(exception);
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    protected abstract void Read(string name, object payload);
}
