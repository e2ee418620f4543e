using System.Runtime.InteropServices;

namespace Pitfalls.Runtime.Signals.Requests.Uploads;

/// <summary>
/// The clock that stamps files. On Linux that is the coarse one, up to a tick behind: a file written after a moment of it has a time stamp that is
/// not before it, and one written a few milliseconds earlier has an older one.
/// </summary>
internal static partial class FileClock
{
    private const int CoarseRealTime = 5;
    private static readonly TimeSpan s_slack = TimeSpan.FromMilliseconds(16);

    public static DateTime Now()
    {
        if (OperatingSystem.IsLinux())
        {
            try
            {
                if (GetTime(CoarseRealTime, out var time) == 0)
                    return DateTime.UnixEpoch.AddSeconds(time.Seconds).AddTicks(time.Nanoseconds / 100);
            }
            catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
            {
                // Then as elsewhere.
            }
        }

        return TimeProvider.System.GetUtcNow().UtcDateTime - s_slack;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Time time);

    // timespec; both fields have the size of a native word.
    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
