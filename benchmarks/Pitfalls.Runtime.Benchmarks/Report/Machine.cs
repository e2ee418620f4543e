using System.Runtime;
using System.Runtime.InteropServices;

namespace Pitfalls.Runtime.Benchmarks.Report;

/// <summary>What the figures were made on: enough to judge them, nothing that names the machine.</summary>
internal static class Machine
{
    private const string LoadAverage = "/proc/loadavg";

    public static string Describe() => string.Join(", ",
        $"{Environment.ProcessorCount} cores of {Processor()}",
        $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:0} GB",
        $"{System()} {RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}",
        RuntimeInformation.FrameworkDescription,
        GCSettings.IsServerGC ? "server GC" : "workstation GC",
        Load());

    /// <summary>What others make the machine do: figures of a busy one are worth less, and should say so.</summary>
    private static string Load() => File.Exists(LoadAverage) ? $"load before the run {File.ReadAllText(LoadAverage).Split(' ')[0]}" : "load unknown";

    private static string System() =>
        OperatingSystem.IsLinux() ? "Linux" : OperatingSystem.IsMacOS() ? "macOS" : OperatingSystem.IsWindows() ? "Windows" : "another system";

    private static string Processor()
    {
        const string CpuInfo = "/proc/cpuinfo";
        var line = File.Exists(CpuInfo) ? File.ReadLines(CpuInfo).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line is null ? "an unnamed processor" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
