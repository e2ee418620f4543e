using System.Collections.Concurrent;
using System.Globalization;

namespace Pitfalls.Runtime.Reporting;

/// <summary>
/// A bounded queue with a background thread of its own that starts with the first item. Posting never blocks and never waits for
/// the thread; what does not fit is dropped and counted.
/// </summary>
/// <remarks>
/// A thread and not a pool task: findings must come out when the pool is starved, which is when they matter most. The thread
/// lingers a moment before it looks, so that a busy app pays for one wake-up per batch and not one per request. A batch is small:
/// what waits holds memory that the shared array pool keeps only so much of, and a queue near its end drops.
/// </remarks>
internal sealed class BoundedWorker<T> : IDisposable
{
    private const int Batch = 32;
    private const int Awake = 0;
    private const int Asleep = 1;
    private const int Lingering = 2;

    private static readonly TimeSpan s_goodbye = TimeSpan.FromSeconds(2);

    private readonly string _name;
    private readonly int _capacity;
    private readonly TimeSpan _linger;
    private readonly Action<T> _handle;
    private readonly Action<string> _dropped;
    private readonly ConcurrentQueue<Item> _items = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly Lock _start = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Thread? _thread;
    private int _count;
    private int _drains;
    private int _state;
    private volatile bool _stopping;
    private bool _isBusy;

    /// <param name="name">The thread's name.</param>
    /// <param name="capacity">How many items may wait.</param>
    /// <param name="linger">How long an idle thread waits for company after the first item.</param>
    /// <param name="handle">Takes an item on the worker's thread; it should not throw, and an item it throws on counts as dropped.</param>
    /// <param name="dropped">Told of every item that did not fit, with the reason.</param>
    public BoundedWorker(string name, int capacity, TimeSpan linger, Action<T> handle, Action<string> dropped)
    {
        _name = name;
        _capacity = capacity;
        _linger = linger;
        _handle = handle;
        _dropped = dropped;
    }

    public bool TryPost(T item)
    {
        if (_stopping)
        {
            _dropped("stopped");
            return false;
        }

        var count = Interlocked.Increment(ref _count);
        if (count > _capacity)
        {
            Interlocked.Decrement(ref _count);
            _dropped("queue_full");
            return false;
        }

        Enqueue(new Item(item, null), count);
        return true;
    }

    /// <summary>Completes when everything posted before has been handled; at once when nothing ever was.</summary>
    public Task DrainAsync()
    {
        if (_thread is null || _stopping)
            return Task.CompletedTask;
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Increment(ref _drains);
        Enqueue(new Item(default!, drained), Interlocked.Increment(ref _count));
        // Posted behind the last look of a thread that is ending, it would never come back.
        return Task.WhenAny(drained.Task, _ended.Task);
    }

    /// <summary>Handles what is left, within a bound, and ends the thread.</summary>
    public void Dispose()
    {
        Thread? thread;
        lock (_start)
        {
            if (_stopping)
                return;
            _stopping = true;
            thread = _thread;
        }

        _wake.Set();
        if (thread is null || thread == Thread.CurrentThread || thread.Join(s_goodbye))
            _wake.Dispose();
    }

    private void Enqueue(in Item item, int count)
    {
        _items.Enqueue(item);
        if (_thread is null)
            Start();
        // The full barrier of CompareExchange keeps "enqueue, then look whether it sleeps" in order with "sleep, then look for items".
        // A linger is cut short by a full batch and by a drain.
        var was = Interlocked.CompareExchange(ref _state, Awake, Asleep);
        if (was == Asleep || item.Drained is not null
            || (was == Lingering && count >= Batch && Interlocked.CompareExchange(ref _state, Awake, Lingering) == Lingering))
            Wake();
    }

    private void Wake()
    {
        try
        {
            _wake.Set();
        }
        catch (ObjectDisposedException)
        {
            // Disposed between the check and here: whoever disposed has handled what was left.
        }
    }

    private void Start()
    {
        lock (_start)
        {
            if (_thread is not null || _stopping)
                return;
            var thread = new Thread(Run) { IsBackground = true, Name = _name };
            // The request that happened to post first must not lend the thread its execution context for ever.
            thread.UnsafeStart();
            _thread = thread;
        }
    }

    private void Run()
    {
        // Findings read the same wherever the app runs.
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        while (true)
        {
            while (_items.TryDequeue(out var item))
            {
                Interlocked.Decrement(ref _count);
                if (item.Drained is not null)
                {
                    Interlocked.Decrement(ref _drains);
                    item.Drained.SetResult();
                }
                else
                    Handle(item.Value);
            }

            if (_stopping)
            {
                _ended.SetResult();
                return;
            }

            if (_isBusy)
            {
                Linger();
                continue;
            }

            Interlocked.Exchange(ref _state, Asleep);
            if (!_items.IsEmpty || _stopping)
            {
                Interlocked.Exchange(ref _state, Awake);
                continue;
            }

            _wake.WaitOne();
            if (_linger > TimeSpan.Zero)
                Linger();
        }
    }

    private void Linger()
    {
        if (_isBusy)
            Nap();
        if (!_stopping && Volatile.Read(ref _count) < Batch && !HasDrain())
        {
            Interlocked.Exchange(ref _state, Lingering);
            if (!_stopping && Volatile.Read(ref _count) < Batch && !HasDrain())
                _wake.WaitOne(_linger);
            Interlocked.Exchange(ref _state, Awake);
        }

        _isBusy = Volatile.Read(ref _count) >= Batch;
    }

    /// <summary>
    /// After a full batch the next one is not far. A sleep is dearer than a wait in wake-ups, but nobody has to end it, and it is no event: the
    /// blocking signal's session takes the stack of every wait on a handle, ours included, which at 800 waits a second was a tenth of the work.
    /// </summary>
    private void Nap()
    {
        for (var left = (int)_linger.TotalMilliseconds; left > 0 && !_stopping && Volatile.Read(ref _count) < Batch && !HasDrain(); left--)
            Thread.Sleep(1);
    }

    /// <summary>An exception that leaves a thread ends the process: whatever happens, it must not be ours that does.</summary>
    private void Handle(T item)
    {
        try
        {
            _handle(item);
        }
        catch (Exception)
        {
            _dropped("handler_fault");
        }
    }

    /// <summary>Counted and not peeked: a queue that has been peeked at keeps what was taken out of it until its place is needed again.</summary>
    private bool HasDrain() => Volatile.Read(ref _drains) > 0;

    private readonly record struct Item(T Value, TaskCompletionSource? Drained);
}
