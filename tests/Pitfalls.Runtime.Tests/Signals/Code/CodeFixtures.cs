using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Hosting;

#pragma warning disable CS0028, CA1002, CA2002, CA1051, CA2211, CA1708, CA1823, IDE0052, CS0169, CA2008, CA1849, IDE0330, CA1854

namespace Pitfalls.Runtime.Tests.Signals.Code.Fixtures;

/// <summary>Code to be read, never to be run: one way of changing a field after another.</summary>
public class Writers
{
    public static Dictionary<string, int> Plain = [];
    public static Dictionary<string, int> Ternary = [];
    public static Dictionary<string, int> Conditional = [];
    public static List<int> ThroughLocal = [];
    public static List<int> ThroughProperty { get; } = [];
    public static List<int> ThroughAsync = [];
    public static List<int> ThroughLambda = [];
    public static List<int> ThroughLocalFunction = [];
    public static List<int> ThroughParameter = [];
    public static List<int> ThroughAsyncParameter = [];
    public static Lazy<List<int>> InLazy = new(() => []);
    public static ConcurrentDictionary<int, int> Concurrent = new();
    public static ImmutableList<int> Immutable = [];
    public static ImmutableDictionary<int, int> Interlocked = ImmutableDictionary<int, int>.Empty;
    public static int[] Resized = [];
    public static Dictionary<int, int> ByReference = [];
    public static IDictionary<int, int> Interface = new Dictionary<int, int>();
    public static List<int> OnlyRead = [1];
    public static List<int> Removed = [];
    public static Dictionary<int, List<int>> Nested = [];
    public static List<int> AfterAwait = [];
    public static List<int> InSwitch = [];
    public static List<int> InCatch = [];
    public static List<int> CopiedOnWrite = [];

    private readonly List<int> _own = [];
    private readonly IMemoryCache _cache;

    public Writers(IMemoryCache cache)
    {
        _cache = cache;
        _own.Add(1);
    }

#line 100 "Fixture.cs"
    public void AddPlain(string key) =>
        Plain[key] = 1;

    public void AddTernary(string key, bool big) => Ternary[key] = big ? key.Length : 0;

    public void AddConditional(string key) => Conditional?.Add(key, 1);

    public void AddThroughLocal(int value)
    {
        var list = ThroughLocal;
        Console.WriteLine(value);
        list.Add(value);
    }

    public void AddThroughProperty(int value) => ThroughProperty.Add(value);

    public async Task AddThroughAsync(int value)
    {
        await Task.Yield();
        ThroughAsync.Add(value);
    }
#line default

    public async Task AddAfterAwait(int value)
    {
        var list = AfterAwait;
        await Task.Yield();
        list.Add(value);
    }

    public Func<int, int> AddThroughLambda() => value =>
    {
        ThroughLambda.Add(value);
        return value;
    };

    public void AddThroughLocalFunction(int value)
    {
        Add();

        void Add() => ThroughLocalFunction.Add(value);
    }

    public void AddThroughParameter(int value) => AddTo(ThroughParameter, value);

    public Task AddThroughAsyncParameter(int value) => AddToAsync(value, ThroughAsyncParameter);

    public void AddInLazy(int value) => InLazy.Value.Add(value);

    public int AddConcurrent(int value) => Concurrent.GetOrAdd(value, v => v);

    public void AddImmutable(int value) => Immutable = Immutable.Add(value);

    public void AddInterlocked(int value) => ImmutableInterlocked.AddOrUpdate(ref Interlocked, value, v => v, (_, v) => v);

    public void AddResized(int value)
    {
        Array.Resize(ref Resized, Resized.Length + 1);
        Resized[^1] = value;
    }

    public void AddByReference(int value) => CollectionsMarshal.GetValueRefOrAddDefault(ByReference, value, out _) = value;

    public void AddInterface(int value) => Interface.TryAdd(value, value);

    public int Read() => OnlyRead.Count + OnlyRead.Where(i => i > 0).Sum() + OnlyRead[0];

    public void Remove() => Removed.RemoveAt(0);

    public void AddNested(int key, int value) => Nested[key].Add(value);

    public void AddInSwitch(int value)
    {
        switch (value)
        {
            case 1:
            case 2:
            case 3:
            case 4:
                InSwitch.Add(value > 2 ? value : -value);
                break;
            case 5:
                throw new InvalidOperationException();
        }
    }

    public void AddInCatch(int value)
    {
        try
        {
            Read();
        }
        catch (InvalidOperationException) when (value > 1)
        {
            InCatch.Add(value);
        }
    }

    public void AddCopied(int value)
    {
        var copy = new List<int>(CopiedOnWrite) { value };
        CopiedOnWrite = copy;
    }

    public void AddOwn(int value) => _own.Add(value);

    public int AddCached(int value) => _cache.GetOrCreate(value, _ => value);

    private static void AddTo(List<int> list, int value) => list.Add(value);

    private static async Task AddToAsync(int value, List<int> list)
    {
        await Task.Yield();
        list.Add(value);
    }
}

public class GenericWriter<T>
{
    public static readonly List<T> Items = [];

    public void Add(T item) => Items.Add(item);
}

/// <summary>The ways of letting one thread pass, and of forgetting it.</summary>
public class Locks
{
    private readonly object _gate = new();
    private readonly Lock _lock = new();
    private readonly ReaderWriterLockSlim _readers = new();
    private readonly SemaphoreSlim _one = new(1);
    private readonly AsyncGate _wrapper = new();

    public List<int> Bare = [];
    public List<int> InLock = [];
    public List<int> InNewLock = [];
    public List<int> InMonitor = [];
    public List<int> InWriterLock = [];
    public List<int> InReaderLock = [];
    public List<int> InSemaphore = [];
    public List<int> InAwaitedSemaphore = [];
    public List<int> InSynchronized = [];
    public List<int> InWrapper = [];
    public List<int> InCallersLock = [];
    public List<int> InSomeCallersLock = [];
    public List<int> InDelegate = [];
    public List<int> InLockedLambda = [];
    public List<int> BetweenLocks = [];
    public List<int> AfterEach = [];
    public List<int> AfterLock = [];

    public List<int> InGate = [];
    public List<int> BesideExchange = [];

    private int _gateFlag;
    private string? _last;

    public void AddInGate()
    {
        if (Interlocked.CompareExchange(ref _gateFlag, 1, 0) != 0)
            return;
        InGate.Add(1);
        Volatile.Write(ref _gateFlag, 0);
    }

    public void AddBesideExchange()
    {
        Interlocked.CompareExchange(ref _last, "a", null);
        BesideExchange.Add(1);
        Interlocked.Exchange(ref _last, "b");
    }

    public void AddBare() => Bare.Add(1);

    public void AddInLock()
    {
        lock (_gate)
        {
            if (InLock.Count > 10)
                return;
            InLock.Add(1);
        }
    }

    public void AddInNewLock()
    {
        lock (_lock)
            InNewLock.Add(1);
    }

    public void AddInMonitor()
    {
        Monitor.Enter(_gate);
        if (InMonitor.Count > 10)
        {
            Monitor.Exit(_gate);
            return;
        }

        InMonitor.Add(1);
        Monitor.Exit(_gate);
    }

    public void AddInWriterLock()
    {
        _readers.EnterWriteLock();
        try
        {
            InWriterLock.Add(1);
        }
        finally
        {
            _readers.ExitWriteLock();
        }
    }

    public void AddInReaderLock()
    {
        _readers.EnterReadLock();
        try
        {
            InReaderLock.Add(1);
        }
        finally
        {
            _readers.ExitReadLock();
        }
    }

    public void AddInSemaphore()
    {
        _one.Wait();
        try
        {
            InSemaphore.Add(1);
        }
        finally
        {
            _one.Release();
        }
    }

    public async Task AddInAwaitedSemaphore()
    {
        await _one.WaitAsync();
        try
        {
            await Task.Yield();
            InAwaitedSemaphore.Add(1);
        }
        finally
        {
            _one.Release();
        }
    }

    [MethodImpl(MethodImplOptions.Synchronized)]
    public void AddInSynchronized() => InSynchronized.Add(1);

    public async Task AddInWrapper()
    {
        using (await _wrapper.EnterTheRoomAsync())
            InWrapper.Add(1);
    }

    public void AddInCallersLock()
    {
        lock (_gate)
            AddUnderLock();
    }

    public void AddInSomeCallersLock()
    {
        lock (_gate)
            AddUnderSomeLock();
    }

    public void AddWithoutLock() => AddUnderSomeLock();

    public void AddInDelegate() => WithLock(() => InDelegate.Add(1));

    public void AddInLockedLambda(int[] values)
    {
        lock (_gate)
            Array.ForEach(values, v => InLockedLambda.Add(v));
    }

    public void AddBetweenLocks()
    {
        lock (_gate)
            Console.WriteLine();
        BetweenLocks.Add(1);
        lock (_gate)
            Console.WriteLine();
    }

    public void AddAfterEach(IEnumerable<int> values)
    {
        lock (_gate)
        {
            foreach (var value in values)
                Console.WriteLine(value);
            AfterEach.Add(1);
        }
    }

    public void AddAfterLock()
    {
        lock (_gate)
            Console.WriteLine();
        AfterLock.Add(1);
    }

    private void AddUnderLock() => InCallersLock.Add(1);

    private void AddUnderSomeLock() => InSomeCallersLock.Add(1);

    private void WithLock(Action action)
    {
        lock (_gate)
            action();
    }
}

public sealed class AsyncGate : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    public async Task<AsyncGate> EnterTheRoomAsync()
    {
        await _one.WaitAsync();
        return this;
    }

    public void Dispose() => _one.Release();
}

public interface IStore
{
    void Put(int value);
}

public class Store : IStore
{
    public static List<int> ByRequests = [];
    public static List<int> ByWorker = [];
    public static List<int> ByBoth = [];
    public static List<int> ByMain = [];
    public static List<int> ByThread = [];
    public static List<int> ByTimer = [];
    public static List<int> ByEvent = [];
    public static List<int> ByOwnEvent = [];
    public static List<int> ByToken = [];
    public static List<int> ByLoop = [];
    public static List<int> ByPoolFromMain = [];
    public static List<int> ByPoolFromRequests = [];
    public static List<int> ByPoolInLock = [];

    public Store() => _ = Task.Run(async () =>
    {
        await Task.Yield();
        ByLoop.Add(1);
    });

    public event EventHandler? Changed;

    public static void Begin() => ThreadPool.QueueUserWorkItem(_ => ByPoolFromMain.Add(1));

    public void Listen(System.Timers.Timer timer, FileSystemWatcher files, CancellationToken stopping)
    {
        timer.Elapsed += (_, _) => ByEvent.Add(1);
        files.Changed += (_, _) => ByEvent.Add(1);
        Changed += (_, _) => ByOwnEvent.Add(1);
        stopping.Register(() => ByToken.Add(1));
        Changed?.Invoke(this, EventArgs.Empty);
    }

    public Task GetLater() => Task.Run(() => ByPoolFromRequests.Add(1));

    public Task GetLocked()
    {
        lock (ByPoolInLock)
            return Task.Run(() => ByPoolInLock.Add(1));
    }

    public void Put(int value) => ByWorker.Add(value);

    public void PutBoth(int value) => ByBoth.Add(value);

    public void Get(int value) => ByRequests.Add(value);

    public void Start()
    {
        new Thread(Loop).Start();
        GC.KeepAlive(new Timer(_ => ByTimer.Add(1), null, 1, 1));
    }

    private static void Loop() => ByThread.Add(1);
}

public class Worker(IStore store, Store both) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        store.Put(1);
        both.PutBoth(1);
    }
}

public class HomeController(Store store)
{
    public void Post() => store.PutBoth(1);
}

public static class Program
{
    public static void Main(string who)
    {
        Seed();
        Store.Begin();
    }

    private static void Seed() => Store.ByMain.Add(1);
}
