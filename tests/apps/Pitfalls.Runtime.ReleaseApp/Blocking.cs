using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Pitfalls.Runtime.ReleaseApp;

/// <summary>Every way to block a thread, each in a method of its own that notes its line. Fully optimised from the first call on.</summary>
public static class Blocking
{
    private const int Short = 60;
    private const int Long = 1500;

    private static int s_slept;

    /// <summary>The line each method has blocked in, by the method's name.</summary>
    public static ConcurrentDictionary<string, int> Lines { get; } = new();

    /// <summary>How many sleeps are over.</summary>
    public static int Slept => Volatile.Read(ref s_slept);

    public static IReadOnlyList<BlockingWay> Ways { get; } =
    [
        new("Task.Wait", TaskWait),
        new("Task.Result", TaskResult),
        new("Task.GetAwaiter().GetResult()", AwaiterGetResult),
        new("Task.GetAwaiter().GetResult()", ConfiguredAwaiterGetResult),
        new("Task.WaitAll", TaskWaitAll),
        new("Task.WaitAny", TaskWaitAny),
        new("ValueTask.Result", ValueTaskResult),
        new("ValueTask.GetAwaiter().GetResult()", ValueTaskGetResult),
        new("SemaphoreSlim.Wait", SemaphoreSlimWait),
        new("WaitHandle.WaitOne", ManualResetEventWait),
        new("ManualResetEventSlim.Wait", ManualResetEventSlimWait),
        new("CountdownEvent.Wait", CountdownWait),
        new("Monitor.Wait", MonitorWait),
        new("lock", ContendedMonitor),
        new("lock", ContendedLock),
        new("ReaderWriterLockSlim", ReaderWriterLock),
        new("BlockingCollection.Take", BlockingCollectionTake),
        new("Lazy.Value", LazyValue),
        new("Thread.Join", ThreadJoin),
        new("Process.WaitForExit", ProcessWaitForExit),
        new("Thread.Sleep", ThreadSleep, IsSeenInSamplesOnly: true),
        new("HttpClient.Send", HttpClientSend, IsSeenInSamplesOnly: true),
        new("Socket.Receive", SocketReceive, IsSeenInSamplesOnly: true),
        new("NetworkStream.Read", NetworkStreamRead, IsSeenInSamplesOnly: true),
    ];

    public static void Run(string method) => Ways.First(w => w.Method == method).Block();

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void TaskWait()
    {
        Note();
        Here(); SlowAsync().Wait();
        Note();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void TaskResult()
    {
        var number = Quick();
        Here(); number += SlowAsync().Result;
        Use(number);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void AwaiterGetResult()
    {
        var number = Quick();
        Here(); number += SlowAsync().GetAwaiter().GetResult();
        Use(number);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ConfiguredAwaiterGetResult()
    {
        Note();
        Here(); SlowAsync().ConfigureAwait(false).GetAwaiter().GetResult();
        Note();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void TaskWaitAll()
    {
        Note();
        Here(); Task.WaitAll(SlowAsync(), SlowAsync());
        Note();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void TaskWaitAny()
    {
        Note();
        Here(); Task.WaitAny(SlowAsync(), SlowAsync());
        Note();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ValueTaskResult()
    {
        var number = Quick();
#pragma warning disable CA2012 // the mistake this is about
        Here(); number += SlowValueAsync().Result;
#pragma warning restore CA2012
        Use(number);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ValueTaskGetResult()
    {
        var number = Quick();
#pragma warning disable CA2012
        Here(); number += SlowValueAsync().GetAwaiter().GetResult();
#pragma warning restore CA2012
        Use(number);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void SemaphoreSlimWait()
    {
        using var semaphore = new SemaphoreSlim(0);
        Here(); semaphore.Wait(Short);
        Note();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ManualResetEventWait()
    {
        using var signal = new ManualResetEvent(false);
        Here(); signal.WaitOne(Short);
        Note();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ManualResetEventSlimWait()
    {
        using var signal = new ManualResetEventSlim();
        Here(); signal.Wait(Short);
        Note();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void CountdownWait()
    {
        using var countdown = new CountdownEvent(1);
        Here(); countdown.Wait(Short);
        Note();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void MonitorWait()
    {
        var gate = new object();
        lock (gate)
        {
            Here(); Monitor.Wait(gate, Short);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ContendedMonitor()
    {
        var gate = new object();
        HoldOnAThread(() => Monitor.Enter(gate), () => Monitor.Exit(gate));
        Here(); lock (gate)
        {
            Note();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ContendedLock()
    {
        var gate = new Lock();
        HoldOnAThread(gate.Enter, gate.Exit);
        Here(); lock (gate)
        {
            Note();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ReaderWriterLock()
    {
        var gate = new ReaderWriterLockSlim();
        HoldOnAThread(gate.EnterWriteLock, gate.ExitWriteLock);
        Here(); gate.EnterReadLock();
        gate.ExitReadLock();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void BlockingCollectionTake()
    {
        using var queue = new BlockingCollection<int>();
        Here(); queue.TryTake(out var item, Short);
        Use(item);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void LazyValue()
    {
        using var begun = new ManualResetEventSlim();
        var lazy = new Lazy<int>(() =>
        {
            begun.Set();
            Thread.Sleep(Short);
            return 1;
        });
        var thread = new Thread(() => Use(lazy.Value));
        thread.Start();
        while (!begun.IsSet)
            Thread.SpinWait(100);
        Here(); var number = lazy.Value;
        Use(number);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ThreadJoin()
    {
        var thread = new Thread(() => Thread.Sleep(Short));
        thread.Start();
        Here(); thread.Join();
        Note();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ProcessWaitForExit()
    {
        using var process = OperatingSystem.IsWindows() ? Process.Start("ping", "-n 2 127.0.0.1") : Process.Start("sleep", "0.06");
        Here(); process.WaitForExit();
        Note();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ThreadSleep()
    {
        Note();
        Here(); Thread.Sleep(Long);
        Interlocked.Increment(ref s_slept);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void HttpClientSend()
    {
        using var silence = new SilentServer();
        using var client = new HttpClient { Timeout = TimeSpan.FromMilliseconds(Long) };
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{silence.Port}/");
        try
        {
            Here(); client.Send(request).Dispose();
        }
        catch (Exception exception) when (exception is OperationCanceledException or HttpRequestException)
        {
            Note();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void SocketReceive()
    {
        using var silence = new SilentServer();
        using var socket = silence.Connect();
        try
        {
            Here(); socket.Receive(new byte[1]);
        }
        catch (SocketException)
        {
            Note();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void NetworkStreamRead()
    {
        using var silence = new SilentServer();
        using var stream = new NetworkStream(silence.Connect(), ownsSocket: true);
        try
        {
            Here(); stream.ReadExactly(new byte[1]);
        }
        catch (IOException)
        {
            Note();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Here([CallerMemberName] string method = "", [CallerLineNumber] int line = 0) => Lines[method] = line;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Note()
    {
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Quick() => Environment.ProcessorCount;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Use(int number) => GC.KeepAlive(number);

    private static async Task<int> SlowAsync()
    {
        await Task.Delay(Short);
        return 1;
    }

    private static ValueTask<int> SlowValueAsync() => new(SlowAsync());

    private static void HoldOnAThread(Action enter, Action exit)
    {
        using var held = new ManualResetEventSlim();
        new Thread(() =>
        {
            enter();
            held.Set();
            Thread.Sleep(Short);
            exit();
        }) { IsBackground = true }.Start();
        // Spun and not waited for: the wait under test shall be the only one.
        while (!held.IsSet)
            Thread.SpinWait(100);
    }

    /// <summary>Accepts connections and never says a word.</summary>
    private sealed class SilentServer : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        public SilentServer()
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

        public Socket Connect()
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = Long };
            socket.Connect(IPAddress.Loopback, Port);
            return socket;
        }

        public void Dispose() => _listener.Dispose();
    }
}

/// <summary>One way to block.</summary>
/// <param name="Primitive">What a finding shall call it.</param>
/// <param name="Block">Does it.</param>
/// <param name="IsSeenInSamplesOnly">The runtime tells no event of it.</param>
public sealed record BlockingWay(string Primitive, Action Block, bool IsSeenInSamplesOnly = false)
{
    public string Method => Block.Method.Name;
}
