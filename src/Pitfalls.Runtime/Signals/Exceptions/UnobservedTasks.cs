namespace Pitfalls.Runtime.Signals.Exceptions;

/// <summary>
/// The one handler of this process for faults of tasks that were collected without anybody having looked, shared by all hosts. It looks and does
/// not touch: <c>SetObserved</c> is the app's to call.
/// </summary>
internal static class UnobservedTasks
{
    private static readonly Lock s_joining = new();
    private static Action<AggregateException>[] s_subscribers = [];

    /// <returns>Ends the membership when disposed.</returns>
    public static IDisposable Join(Action<AggregateException> subscriber)
    {
        lock (s_joining)
        {
            if (s_subscribers.Length == 0)
                TaskScheduler.UnobservedTaskException += OnUnobserved;
            Volatile.Write(ref s_subscribers, [.. s_subscribers, subscriber]);
        }

        return new Membership(subscriber);
    }

    private static void OnUnobserved(object? sender, UnobservedTaskExceptionEventArgs unobserved)
    {
        try
        {
            foreach (var subscriber in Volatile.Read(ref s_subscribers))
                subscriber(unobserved.Exception);
        }
        catch (Exception)
        {
            // This is the finalizer's thread: what leaves it ends the process.
        }
    }

    private sealed class Membership(Action<AggregateException> subscriber) : IDisposable
    {
        public void Dispose()
        {
            lock (s_joining)
            {
                var left = Array.FindAll(s_subscribers, s => s != subscriber);
                if (left.Length == 0 && s_subscribers.Length > 0)
                    TaskScheduler.UnobservedTaskException -= OnUnobserved;
                Volatile.Write(ref s_subscribers, left);
            }
        }
    }
}
