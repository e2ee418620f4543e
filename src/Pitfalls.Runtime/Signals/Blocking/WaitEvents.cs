using System.Buffers.Binary;

using Pitfalls.Runtime.Signals.Blocking.EventPipe;

namespace Pitfalls.Runtime.Signals.Blocking;

/// <summary>Reads waits and the pool's adjustments off the runtime's events.</summary>
internal sealed class WaitEvents(WaitPairing pairing, IWaitListener listener) : INettraceSink
{
    private const int WaitStart = 1;
    private const int WaitStop = 2;
    private const int PoolAdjustment = 3;

    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const ulong WaitHandleKeyword = 0x400_0000_0000;
    private const ulong ContentionKeyword = 0x4000;
    private const ulong ThreadingKeyword = 0x1_0000;
    private const uint Verbose = 5;

    private readonly StackBook _stacks = new();

    /// <summary>Waits on handles and monitors (301, 302), contended locks (81, 91), and the pool's adjustments of its size (55).</summary>
    public static EventPipeProvider Provider { get; } = new(Runtime, WaitHandleKeyword | ContentionKeyword | ThreadingKeyword, Verbose, 55, 81, 91, 301, 302);

    public long Events { get; private set; }

    public void OnStream(long ticksPerSecond, int processId, int pointerBytes)
    {
        if (processId != Environment.ProcessId || pointerBytes != 8 || ticksPerSecond != System.Diagnostics.Stopwatch.Frequency)
            throw new InvalidDataException("the event stream is not of this process or counts time in another way");
    }

    public int KindOf(string provider, int eventId) => provider != Runtime ? 0 : eventId switch
    {
        301 or 81 => WaitStart,
        302 or 91 => WaitStop,
        55 => PoolAdjustment,
        _ => 0,
    };

    public void OnEvent(in NettraceEvent happened)
    {
        Events++;
        switch (happened.Kind)
        {
            case WaitStart when !happened.Stack.IsEmpty:
                pairing.Start(happened.ThreadId, happened.Timestamp, _stacks.Find(happened.Stack));
                break;
            case WaitStop:
                if (pairing.Stop(happened.ThreadId, happened.Timestamp) is { } wait)
                    listener.OnWait(wait);
                break;
            case PoolAdjustment when happened.Payload.Length >= 16:
                // { double throughput; uint threads; uint reason; … }
                listener.OnPoolAdjusted(
                    BinaryPrimitives.ReadInt32LittleEndian(happened.Payload[8..]), BinaryPrimitives.ReadInt32LittleEndian(happened.Payload[12..]));
                break;
        }
    }

    public void OnLost(long count)
    {
        pairing.Forget();
        listener.OnLost(count);
    }

    public void OnBlockEnd() => listener.OnCaughtUp(Events);
}

/// <summary>Hears of waits, on the thread that reads the events.</summary>
internal interface IWaitListener
{
    void OnWait(FinishedWait wait);

    /// <summary>The pool has changed its target for a reason: 6 is starvation, 8 is threads that block in a way the pool knows of.</summary>
    void OnPoolAdjusted(int threads, int reason);

    void OnLost(long count);

    /// <summary>Some events have been read; how many in all.</summary>
    void OnCaughtUp(long events);
}
