using System.Diagnostics;

namespace Pitfalls.Runtime.Signals.Blocking;

/// <summary>Joins the runtime's two clocks: events carry the fine one, threads note the coarse one, which costs next to nothing to read.</summary>
internal static class Clock
{
    /// <summary>A time of <see cref="Stopwatch"/> as <see cref="Environment.TickCount64"/> would have shown it, to some milliseconds.</summary>
    public static long ToTicks64(long timestamp) => Environment.TickCount64 - (long)Stopwatch.GetElapsedTime(timestamp).TotalMilliseconds;

    public static long FromMilliseconds(double milliseconds) => (long)(milliseconds / 1000 * Stopwatch.Frequency);
}
