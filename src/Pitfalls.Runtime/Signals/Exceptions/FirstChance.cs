using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Signals.Exceptions;

/// <summary>
/// The one handler of this process for exceptions at the moment they are thrown, shared by all hosts: the first that joins attaches it,
/// the last that leaves takes it away.
/// </summary>
/// <remarks>
/// It runs on the throwing thread, before anybody has caught anything, perhaps with no memory or hardly any stack left. An exception that leaves
/// it ends the process; one that is thrown inside comes back to it. So it is guarded against itself, catches everything, takes no
/// lock (an interrupted thread would lose its interruption in one), and all that it touches has been touched before.
/// </remarks>
internal static class FirstChance
{
    private static readonly Lock s_joining = new();
    private static IFirstChanceSubscriber[] s_subscribers = [];

    [ThreadStatic]
    private static bool t_isInside;

    /// <summary>How many hosts listen.</summary>
    public static int Subscribers => Volatile.Read(ref s_subscribers).Length;

    /// <returns>Ends the membership when disposed.</returns>
    public static IDisposable Join(IFirstChanceSubscriber subscriber)
    {
        lock (s_joining)
        {
            // Static constructors and the JIT have their turn here and not while an exception is on its way.
            foreach (var type in (ReadOnlySpan<Type>)[typeof(RequestScope), typeof(HostedWork), typeof(ThrownExceptions), typeof(Pitfall), typeof(Allowance)])
                RuntimeHelpers.RunClassConstructor(type.TypeHandle);
            subscriber.Prepare();
            Tell(null);
            if (s_subscribers.Length == 0)
                AppDomain.CurrentDomain.FirstChanceException += OnThrown;
            Volatile.Write(ref s_subscribers, [.. s_subscribers, subscriber]);
        }

        return new Membership(subscriber);
    }

    private static void OnThrown(object? sender, FirstChanceExceptionEventArgs thrown) => Tell(thrown.Exception);

    private static void Tell(Exception? exception)
    {
        try
        {
            if (t_isInside || exception is null || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
                return;
            t_isInside = true;
            var scope = RequestScope.Current;
            foreach (var subscriber in Volatile.Read(ref s_subscribers))
                subscriber.OnThrown(exception, scope);
            t_isInside = false;
        }
        catch (Exception)
        {
            // Whatever it is, the app's own exception is on its way and must get where it would have got without us.
            t_isInside = false;
        }
    }

    private sealed class Membership(IFirstChanceSubscriber subscriber) : IDisposable
    {
        public void Dispose()
        {
            lock (s_joining)
            {
                var left = Array.FindAll(s_subscribers, s => !ReferenceEquals(s, subscriber));
                if (left.Length == 0 && s_subscribers.Length > 0)
                    AppDomain.CurrentDomain.FirstChanceException -= OnThrown;
                Volatile.Write(ref s_subscribers, left);
            }
        }
    }
}

/// <summary>A host that wants to hear of every exception of the process.</summary>
internal interface IFirstChanceSubscriber
{
    /// <summary>Called before the first exception: touch everything that <see cref="OnThrown"/> will touch.</summary>
    void Prepare();

    /// <summary>On the throwing thread, each time an exception is thrown, thrown again or passed on by an <c>await</c>: microseconds at most, no lock, no call into the app.</summary>
    /// <param name="exception">It still grows: its stack trace is complete only when it has been caught.</param>
    /// <param name="scope">The request of the throwing thread, perhaps another host's, perhaps ended.</param>
    void OnThrown(Exception exception, RequestScope? scope);
}

/// <summary>
/// A part of one host that wants to hear of exceptions the moment they are thrown. Register it in the container as this interface; the rules
/// of <see cref="IFirstChanceSubscriber.OnThrown"/> hold, and what it wants to do at length goes to a worker of its own.
/// </summary>
internal interface IThrownExceptionListener
{
    /// <summary>Whether this type is of interest; asked for each exception, so a comparison and no more.</summary>
    bool IsWorthTelling(Exception exception);

    /// <param name="exception">What was thrown.</param>
    /// <param name="scope">The request of this host that it was thrown in; <see langword="null"/>: in none that is known, perhaps in another host.</param>
    void OnThrown(Exception exception, RequestScope? scope);
}
