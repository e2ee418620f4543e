using System.Globalization;
using System.Runtime;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Benchmarks.Server;

/// <summary>A server's own figures at one moment, since its start.</summary>
/// <param name="Cpu">CPU time of all its threads, user and kernel.</param>
/// <param name="Allocated">Bytes allocated by all its threads.</param>
/// <param name="WorkingSet">Its resident memory.</param>
/// <param name="Compiled">Methods compiled so far: while it grows, the app is not warm.</param>
/// <param name="Looked">Responses the library has looked at.</param>
/// <param name="Dropped">Responses and findings it could not keep up with.</param>
internal readonly record struct Snapshot(TimeSpan Cpu, long Allocated, long WorkingSet, long Compiled, long Looked, long Dropped)
{
    public static Snapshot OfThisProcess(ResponseSignal? responses, Drops? drops) => new(
        // Microseconds from the kernel; /proc/self/stat counts in ticks of ten milliseconds.
        Environment.CpuUsage.TotalTime,
        GC.GetTotalAllocatedBytes(precise: true),
        Environment.WorkingSet,
        JitInfo.GetCompiledMethodCount(),
        responses?.Looked ?? 0,
        drops?.Total ?? 0);

    public static Snapshot Parse(string line)
    {
        var n = Array.ConvertAll(line.Split(' '), s => long.Parse(s, CultureInfo.InvariantCulture));
        return new(TimeSpan.FromTicks(n[0]), n[1], n[2], n[3], n[4], n[5]);
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Cpu.Ticks} {Allocated} {WorkingSet} {Compiled} {Looked} {Dropped}");
}
