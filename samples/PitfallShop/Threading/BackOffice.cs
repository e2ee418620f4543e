namespace PitfallShop.Threading;

/// <summary>Counts the stock and prints labels, on a thread of its own: blocking is what that thread is for. Who wants the lock meanwhile waits.</summary>
public sealed class BackOffice
{
    private static readonly TimeSpan s_atWork = TimeSpan.FromMilliseconds(120);
    private static readonly TimeSpan s_break = TimeSpan.FromMilliseconds(15);

    private readonly Lock _shelves = new();
    private readonly SemaphoreSlim _printer = new(1);
    private int _labels;
    private int _pieces = 4_711;
    private volatile int _lastCount = 4_711;

    public BackOffice() => new Thread(Work) { IsBackground = true, Name = "Back office" }.Start();

    /// <summary>What is on the shelves, counted now: takes the lock that the counting thread holds.</summary>
    public int Count()
    {
        lock (_shelves)
            return _pieces;
    }

    /// <summary>What the last count said. Nobody waits for it.</summary>
    public int LastCount => _lastCount;

    /// <summary>The number of the next label; blocks until the printer is free.</summary>
    public int NextLabel()
    {
        _printer.Wait();
        try
        {
            return ++_labels;
        }
        finally
        {
            _printer.Release();
        }
    }

    /// <summary>The same, waited for without a thread.</summary>
    public async Task<int> NextLabelAsync(CancellationToken cancel)
    {
        await _printer.WaitAsync(cancel);
        try
        {
            return ++_labels;
        }
        finally
        {
            _printer.Release();
        }
    }

    private void Work()
    {
        while (true)
        {
            lock (_shelves)
            {
                Thread.Sleep(s_atWork);
                _pieces = 4_700 + (_pieces % 20);
                _lastCount = _pieces;
            }

            _printer.Wait();
            Thread.Sleep(s_atWork);
            _printer.Release();
            Thread.Sleep(s_break);
        }
    }
}
