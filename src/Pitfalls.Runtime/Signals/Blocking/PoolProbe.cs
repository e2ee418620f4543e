using System.Diagnostics;

namespace Pitfalls.Runtime.Signals.Blocking;

/// <summary>Puts an empty work item into the pool twice a second and sees how long it waits: what every request waits too.</summary>
internal sealed class PoolProbe : IThreadPoolWorkItem
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(500);

    private long _queued;
    private long _ran;
    private TimeSpan _lastTaken;
    private TimeSpan _cpu = Environment.CpuUsage.TotalTime;
    private long _cpuAt = Stopwatch.GetTimestamp();
    private TimeSpan _late;

    /// <summary>What the probe shows, when it is time for a look.</summary>
    /// <param name="late">By how much the caller's own sleeps have been too long, in all, so far.</param>
    public PoolReading? Look(TimeSpan late)
    {
        var queued = Volatile.Read(ref _queued);
        if (queued == 0)
        {
            Queue(late);
            return null;
        }

        var ran = Volatile.Read(ref _ran);
        var age = Stopwatch.GetElapsedTime(queued);
        if (age - _lastTaken < s_interval)
            return null;
        var reading = Read(ran == 0 ? age : Stopwatch.GetElapsedTime(queued, ran), isWaiting: ran == 0, late - _late);
        if (ran == 0)
            _lastTaken = age;
        else
            Queue(late);
        return reading;
    }

    public void Execute() => Volatile.Write(ref _ran, Stopwatch.GetTimestamp());

    private void Queue(TimeSpan late)
    {
        _late = late;
        _lastTaken = default;
        Volatile.Write(ref _ran, 0);
        Volatile.Write(ref _queued, Stopwatch.GetTimestamp());
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private PoolReading Read(TimeSpan delay, bool isWaiting, TimeSpan late)
    {
        var (cpu, now) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        var share = (cpu - _cpu) / (Stopwatch.GetElapsedTime(_cpuAt, now) * Environment.ProcessorCount);
        (_cpu, _cpuAt) = (cpu, now);
        return new PoolReading(delay, isWaiting, ThreadPool.ThreadCount, ThreadPool.PendingWorkItemCount, share, late);
    }
}

/// <summary>The pool at one moment.</summary>
/// <param name="QueueDelay">How long a work item waited for a thread, or has waited so far.</param>
/// <param name="IsStillQueued">Whether it waits still.</param>
/// <param name="Threads">How many threads the pool has.</param>
/// <param name="Queued">How many work items wait.</param>
/// <param name="CpuShare">How busy this process kept the processors since the last reading, 0 to 1.</param>
/// <param name="Late">What of the delay a thread of our own has waited for a processor: the pool's threads have done so too.</param>
internal readonly record struct PoolReading(TimeSpan QueueDelay, bool IsStillQueued, int Threads, long Queued, double CpuShare, TimeSpan Late);
