using System.Diagnostics;
using System.Runtime.CompilerServices;

using Pitfalls.Runtime.Signals.Blocking.EventPipe;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Blocking;

/// <summary>
/// Keeps the event session of this process open and reads it on a thread of its own: proves that it works, opens it anew before its tables grow
/// large or when it breaks, and lets go for a while when there is more than can be read without harm.
/// </summary>
internal sealed class WaitSession(WaitPairing pairing, IWaitListener listener, Action<string, bool, string?> tell, long maxBytes = WaitSession.DefaultMaxBytes)
{
    public const string Waits = "waits";
    public const string Stacks = "stacks";
    public const string Lines = "lines in optimised code";
    public const string Threads = "request attribution";

    /// <summary>How many bytes a session may bring before it is opened anew: the runtime's tables of one session only grow.</summary>
    public const long DefaultMaxBytes = 256L * 1024 * 1024;

    private const int MaxEventsPerSecond = 50_000;

    private const int MaxRefusals = 5;

    private static readonly TimeSpan s_maxAge = TimeSpan.FromHours(6);

    private static readonly TimeSpan s_proofTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly List<(long After, TaskCompletionSource Seen)> _wanted = [];
    private volatile EventPipeSession? _session;
    private NettraceReader? _reader;
    private Thread? _thread;
    private (bool Works, string? Reason) _waits = (false, "the session is being opened");
    private long _opened;
    private int _openedCount;
    private volatile bool _recycled;
    private volatile bool _hasFailed;
    private long _markerThread;
    private long _events;
    private long _secondStart;
    private long _secondEvents;
    private volatile bool _proved;
    private volatile bool _restNext;
    private volatile bool _stopping;

    /// <summary>Whether the session has shown a wait of our own, or cannot: then nothing else of its kind will work either, and may say so itself.</summary>
    public bool IsSettled => _proved || (!_waits.Works && _hasFailed);

    /// <summary>How many sessions have been opened.</summary>
    public int Opened => Volatile.Read(ref _openedCount);

    public void Start()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "Pitfalls waits" };
        _thread.UnsafeStart();
    }

    public void Stop()
    {
        _stopping = true;
        _session?.RequestStop();
        if (_thread is { } thread && thread != Thread.CurrentThread)
            thread.Join(TimeSpan.FromSeconds(2));
        lock (_lock)
        {
            _wanted.ForEach(w => w.Seen.TrySetResult());
            _wanted.Clear();
        }
    }

    public void TellChannels(IBlockingSubscriber subscriber)
    {
        subscriber.OnChannel(Waits, _waits.Works, _waits.Reason);
        subscriber.OnChannel(Stacks, NativeFrames.MethodsFailure is null, NativeFrames.MethodsFailure);
        subscriber.OnChannel(Lines, NativeFrames.OffsetsFailure is null, NativeFrames.OffsetsFailure);
        subscriber.OnChannel(Threads, ThreadSlot.Failure is null, ThreadSlot.Failure);
    }

    /// <summary>Completes when the events of everything that has happened until now have been read; at once when there is no session.</summary>
    public Task CatchUpAsync()
    {
        lock (_lock)
        {
            if (_session is null || _stopping)
                return Task.CompletedTask;
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _wanted.Add((Stopwatch.GetTimestamp(), seen));
            return seen.Task;
        }
    }

    /// <summary>On the watcher's thread, many times a second.</summary>
    public void Beat()
    {
        if (_session is not { } session)
            return;
        var (age, reader) = (Stopwatch.GetElapsedTime(Volatile.Read(ref _opened)), _reader);
        bool isWanted;
        lock (_lock)
            isWanted = _wanted.Count > 0;
        if (!_proved || isWanted)
            MarkerWait();
        if (!_proved && age > s_proofTime && !_waits.Works)
            Tell(false, "no event came for a wait of our own");
        if (reader?.Position > maxBytes || age > s_maxAge)
        {
            _recycled = true;
            session.RequestStop();
        }

        CheckRate(session);
    }

    /// <summary>Whether this is a wait of our own that proves the session and tells how far it has been read.</summary>
    public bool IsMarker(in FinishedWait wait)
    {
        if (wait.Wait.ThreadId != Volatile.Read(ref _markerThread) || _markerThread == 0)
            return false;
        if (!_proved)
            Prove(wait.Wait.Stack);
        lock (_lock)
        {
            for (var i = _wanted.Count - 1; i >= 0; i--)
            {
                if (_wanted[i].After > wait.Wait.Start)
                    continue;
                _wanted[i].Seen.TrySetResult();
                _wanted.RemoveAt(i);
            }
        }

        return true;
    }

    public void OnCaughtUp(long events) => Volatile.Write(ref _events, events);

    private void Prove(CallStack stack)
    {
        _proved = true;
        if (NativeFrames.MethodsFailure is { } failure)
            Tell(true, "without stacks: " + failure);
        else if (stack.Facts.Frames.Any(f => f.Method.Name == nameof(MarkerWait) && f.Method.DeclaringType == typeof(WaitSession)))
            Tell(true, null);
        else
            Tell(false, "the stack of a wait of our own did not show it");
    }

    private void Run()
    {
        var pause = TimeSpan.FromSeconds(1);
        var refusals = 0;
        while (!_stopping)
        {
            try
            {
                ReadOne();
                pause = TimeSpan.FromSeconds(1);
            }
            catch (DiagnosticsPortException exception)
            {
                _hasFailed = true;
                Tell(false, exception.Message);
                // What was not there at the start of the process does not come later; but a busy machine may answer late.
                if (_opened == 0 && ++refusals == MaxRefusals)
                    return;
            }
            catch (Exception exception)
            {
                Tell(false, exception is InvalidDataException ? exception.Message : $"the event stream broke off ({exception.GetType().Name})");
            }
            finally
            {
                _session?.Dispose();
                _session = null;
                pairing.Forget();
            }

            if (_restNext)
                Tell(false, $"more than {MaxEventsPerSecond:N0} waits a second: looking away for {s_rest.TotalSeconds:0} s");
            if (!_recycled || _restNext)
                Sleep(_restNext ? s_rest : pause);
            _recycled = false;
            _restNext = false;
            pause = pause * 2 > s_longestPause ? s_longestPause : pause * 2;
        }
    }

    private void ReadOne()
    {
        var session = EventPipeSession.Open(WaitEvents.Provider);
        _proved = false;
        _events = 0;
        _reader = new NettraceReader(session.Stream, new WaitEvents(pairing, listener));
        Volatile.Write(ref _opened, Stopwatch.GetTimestamp());
        Interlocked.Increment(ref _openedCount);
        _session = session;
        if (_stopping)
            session.RequestStop();
        _reader.Run();
    }

    private void CheckRate(EventPipeSession session)
    {
        if (Stopwatch.GetElapsedTime(_secondStart) < TimeSpan.FromSeconds(1))
            return;
        var events = Volatile.Read(ref _events);
        if (events - _secondEvents > MaxEventsPerSecond && !_restNext)
        {
            _restNext = true;
            session.RequestStop();
        }

        (_secondStart, _secondEvents) = (Stopwatch.GetTimestamp(), events);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void MarkerWait()
    {
        Volatile.Write(ref _markerThread, ThreadSlot.CurrentThreadId);
        using var never = new AutoResetEvent(false);
        never.WaitOne(1);
    }

    private void Tell(bool works, string? reason)
    {
        _waits = (works, reason);
        tell(Waits, works, reason);
    }

    /// <summary>Sleeps rather than waits: a wait would be an event.</summary>
    private void Sleep(TimeSpan time)
    {
        for (var slept = TimeSpan.Zero; slept < time && !_stopping; slept += TimeSpan.FromMilliseconds(50))
            Thread.Sleep(50);
    }
}
