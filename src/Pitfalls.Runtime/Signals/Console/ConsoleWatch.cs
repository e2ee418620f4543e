using System.Reflection;

using Pitfalls.Runtime.Signals.Exceptions;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Signals.Console;

/// <summary>
/// Sees what is written to the console of this process, for all hosts: the first that joins puts an <see cref="ObservedWriter"/> into the
/// console's writers, the last that leaves takes them out again.
/// </summary>
/// <remarks>
/// <c>Console.Out</c> itself is not replaced. It stays the same synchronized writer, with its lock, in everybody's hands; only the writer it guards
/// becomes ours, which hands through to the one before. So no lock is added, none is taken in another order, and what had got hold of the
/// console's writer before goes the same way as before. The field is CoreLib's own: without proof of it nothing is watched.
/// </remarks>
internal static class ConsoleWatch
{
    private const int MaxHooked = 32;

    private static readonly Type? s_synchronized = typeof(TextWriter).GetNestedType("SyncTextWriter", BindingFlags.NonPublic);
    private static readonly FieldInfo? s_guarded = s_synchronized?.GetField("_out", BindingFlags.Instance | BindingFlags.NonPublic);
    private static readonly Lock s_joining = new();
    private static readonly List<WeakReference<TextWriter>> s_hooked = [];
    private static IConsoleSubscriber[] s_subscribers = [];
    private static TextWriter? s_out;
    private static TextWriter? s_error;

    [ThreadStatic]
    private static bool t_isInside;

    /// <summary>Why the console cannot be watched; <see langword="null"/>: it can.</summary>
    public static string? Failure => s_guarded?.FieldType == typeof(TextWriter) ? null : "this runtime guards the console's writers in another way";

    /// <returns>Ends the membership when disposed.</returns>
    public static IDisposable Join(IConsoleSubscriber subscriber)
    {
        lock (s_joining)
            Volatile.Write(ref s_subscribers, [.. s_subscribers, subscriber]);
        Refresh();
        return new Membership(subscriber);
    }

    /// <summary>Follows the console to the writers it has now: the app may have set others. Cheap when it has not.</summary>
    public static void Refresh()
    {
        var (output, error) = (System.Console.Out, System.Console.Error);
        if (ReferenceEquals(output, Volatile.Read(ref s_out)) && ReferenceEquals(error, Volatile.Read(ref s_error)))
            return;
        lock (s_joining)
        {
            if (s_subscribers.Length == 0)
                return;
            Hook(output, isError: false);
            Hook(error, isError: true);
            (s_out, s_error) = (output, error);
        }
    }

    /// <summary>On the writing thread, which holds the console's lock.</summary>
    public static void OnWrite(bool isError)
    {
        if (t_isInside)
            return;
        t_isInside = true;
        try
        {
            var scope = RequestScope.Current;
            var hosted = scope is null ? HostedWork.Current : null;
            if (scope is null && hosted is null)
                return;
            scope?.Tell(LateSign.Console);
            foreach (var subscriber in Volatile.Read(ref s_subscribers))
                subscriber.OnWrite(scope, hosted, isError);
        }
        catch (Exception)
        {
            // What is written matters more than that we saw it.
        }
        finally
        {
            t_isInside = false;
        }
    }

    private static void Hook(TextWriter writer, bool isError)
    {
        if (writer.GetType() != s_synchronized || s_guarded!.GetValue(writer) is not TextWriter guarded || guarded is ObservedWriter || s_hooked.Count >= MaxHooked)
            return;
        s_guarded.SetValue(writer, new ObservedWriter(guarded, isError));
        s_hooked.RemoveAll(h => !h.TryGetTarget(out _));
        s_hooked.Add(new WeakReference<TextWriter>(writer));
    }

    private static void UnhookAll()
    {
        foreach (var hooked in s_hooked)
        {
            if (hooked.TryGetTarget(out var writer) && s_guarded!.GetValue(writer) is ObservedWriter ours)
                s_guarded.SetValue(writer, ours.Inner);
        }

        s_hooked.Clear();
        (s_out, s_error) = (null, null);
    }

    private sealed class Membership(IConsoleSubscriber subscriber) : IDisposable
    {
        public void Dispose()
        {
            lock (s_joining)
            {
                Volatile.Write(ref s_subscribers, Array.FindAll(s_subscribers, s => !ReferenceEquals(s, subscriber)));
                if (s_subscribers.Length == 0)
                    UnhookAll();
            }
        }
    }
}

/// <summary>A host that wants to hear what is written to the console.</summary>
internal interface IConsoleSubscriber
{
    /// <summary>On the writing thread: no lock, no call into the app, and never a write.</summary>
    void OnWrite(RequestScope? scope, HostedWork? hosted, bool isError);
}
