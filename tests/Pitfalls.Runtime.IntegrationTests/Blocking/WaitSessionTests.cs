using System.Collections.Concurrent;
using System.Diagnostics;

using Pitfalls.Runtime.Signals.Blocking;

namespace Pitfalls.Runtime.IntegrationTests.Blocking;

/// <summary>The session on this process by itself: it is opened anew before its tables grow, and goes on telling.</summary>
public class WaitSessionTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task A_session_that_has_brought_much_is_opened_anew_and_tells_on()
    {
        var listener = new Listener();
        var channel = (Works: false, Reason: (string?)null);
        var session = new WaitSession(new WaitPairing(), listener, (name, works, reason) => channel = name == WaitSession.Waits ? (works, reason) : channel, maxBytes: 20_000);
        listener.Session = session;
        session.Start();
        using var done = new ManualResetEvent(false);
        var beats = new Thread(() =>
        {
            while (!done.WaitOne(10))
                session.Beat();
        });
        beats.Start();
        try
        {
            var patience = Stopwatch.GetTimestamp();
            while (session.Opened < 4)
            {
                Assert.True(Stopwatch.GetElapsedTime(patience) < s_patience, $"{session.Opened} sessions, {channel}");
                Wait(2);
            }

            // A wait that comes into the change of sessions has no start: one of several is told.
            long mine;
            do
            {
                mine = Wait(30);
                await session.CatchUpAsync().WaitAsync(s_patience);
                Assert.True(Stopwatch.GetElapsedTime(patience) < 2 * s_patience, "nothing was told any more");
            }
            while (!listener.Waits.Any(w => w.Wait.ThreadId == mine && Stopwatch.GetElapsedTime(w.Wait.Start, w.End) >= TimeSpan.FromMilliseconds(20)));

            Assert.True(channel.Works, channel.Reason);
        }
        finally
        {
            done.Set();
            beats.Join();
            session.Stop();
        }

        Assert.True(session.CatchUpAsync().IsCompleted, "a session that is over holds nobody up");
    }

    /// <summary>The number of the thread that waited.</summary>
    private static long Wait(int milliseconds)
    {
        using var never = new AutoResetEvent(false);
        never.WaitOne(milliseconds);
        return Signals.Requests.ThreadSlot.CurrentThreadId;
    }

    private sealed class Listener : IWaitListener
    {
        public ConcurrentQueue<FinishedWait> Waits { get; } = [];

        public WaitSession? Session { get; set; }

        public void OnWait(FinishedWait wait)
        {
            if (Session?.IsMarker(wait) != true)
                Waits.Enqueue(wait);
        }

        public void OnPoolAdjusted(int threads, int reason)
        {
        }

        public void OnLost(long count)
        {
        }

        public void OnCaughtUp(long events) => Session?.OnCaughtUp(events);
    }
}
