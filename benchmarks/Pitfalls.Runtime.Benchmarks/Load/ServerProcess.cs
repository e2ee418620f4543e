using System.Diagnostics;
using System.Globalization;

using Pitfalls.Runtime.Benchmarks.Server;

namespace Pitfalls.Runtime.Benchmarks.Load;

/// <summary>A server under test, as the coordinator sees it.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;

    private ServerProcess(Variant variant, Process process, int port)
    {
        Variant = variant;
        _process = process;
        Port = port;
    }

    public Variant Variant { get; }

    public int Port { get; }

    public static ServerProcess Start(Variant variant)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        // Run as "dotnet app.dll", the program is the first argument.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(ServerProcess).Assembly.Location);
        start.ArgumentList.Add("--serve");
        start.ArgumentList.Add(variant.Name);
        var process = Process.Start(start)!;
        return new ServerProcess(variant, process, int.Parse(ReadAnswer(process), CultureInfo.InvariantCulture));
    }

    /// <summary>The server's figures now; with <paramref name="collect"/>, after a full collection.</summary>
    public Snapshot Ask(bool collect = false)
    {
        _process.StandardInput.WriteLine(collect ? "collect" : "snapshot");
        return Snapshot.Parse(ReadAnswer(_process));
    }

    public BlockingFigures Blocking() => BlockingFigures.Parse(Tell("blocking"));

    public BurstFigures Burst() => BurstFigures.Parse(Tell("burst"));

    public SoakSample Soak() => SoakSample.Parse(Tell("soak"));

    public void Dispose()
    {
        _process.StandardInput.WriteLine("stop");
        _process.StandardInput.Close();
        if (!_process.WaitForExit(10_000))
            _process.Kill();
        _process.Dispose();
    }

    private string Tell(string command)
    {
        _process.StandardInput.WriteLine(command);
        return ReadAnswer(_process);
    }

    private static string ReadAnswer(Process process)
    {
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith(BenchServer.Mark, StringComparison.Ordinal))
                return line[BenchServer.Mark.Length..];
            Console.Error.WriteLine(line);
        }

        throw new InvalidOperationException("the server ended before it answered");
    }
}
