using Microsoft.Extensions.Hosting;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Startup;
using Pitfalls.Runtime.Signals.State;
using Pitfalls.Runtime.Sinks;

namespace Pitfalls.Runtime.Checking;

/// <summary>The check itself: once the host has started, every look at what the app declares, then the report, then the end of the process.</summary>
internal sealed class CheckRun(
    CheckArguments arguments, StartupSignal startup, RegistrationWatch registrations, FindingPump pump, FindingStore store, SarifLog sarif, StatusNotes notes,
    LiveOptions options, HostFacts host, DetectorGuard guard, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan s_goodbye = TimeSpan.FromSeconds(15);

    public void Start() => lifetime.ApplicationStarted.Register(() =>
    {
        var thread = new Thread(Run) { IsBackground = true, Name = "Pitfalls check" };
        thread.UnsafeStart();
    });

    private void Run()
    {
        var code = CheckExit.NotChecked;
        try
        {
            code = Check();
        }
        catch (Exception exception)
        {
            Console.Error.WriteLine($"The pitfall check could not be finished: {exception.GetType().FullName}.");
        }

        CheckExit.Decide(code);
        // In order, so that the app can clean up behind itself.
        lifetime.StopApplication();
        // For those whose Main has more to do than to wait for its host: our thread goes with the process, or ends it.
        using var never = new ManualResetEventSlim();
        never.Wait(s_goodbye);
        Environment.Exit(code);
    }

    private int Check()
    {
        if (options.Current.Profile == PitfallProfile.Off)
        {
            Console.Error.WriteLine("Nothing was checked: Pitfalls:Profile is Off.");
            return CheckExit.NotChecked;
        }

        // A thread of our own, and nobody waits for it.
        startup.SurveyAsync().GetAwaiter().GetResult();
        registrations.Run();
        pump.DrainAsync().GetAwaiter().GetResult();
        var findings = store.All().OrderByDescending(f => f.Severity).ThenBy(f => f.RuleId, StringComparer.Ordinal).ThenBy(f => f.Fingerprint, StringComparer.Ordinal).ToList();
        var report = new CheckReport
        {
            Application = host.ApplicationName,
            Environment = host.EnvironmentName,
            Profile = options.Current.Profile,
            Findings = findings,
            LookedAt = startup.Summaries,
            Notes = [.. notes.All, .. guard.All.Select(f => $"{f.Detector} faulted {f.Count} times, the last time with {f.LastException}.")],
            FailOn = arguments.FailOn,
            SarifFile = arguments.SarifFile,
        };
        if (arguments.SarifFile is { } file && !TryWrite(file, sarif.Write(findings)))
            return CheckExit.NotChecked;
        report.Write(Console.Out);
        Console.Out.Flush();
        return report.Fails ? CheckExit.Failed : CheckExit.Passed;
    }

    private static bool TryWrite(string file, byte[] content)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, content);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            Console.Error.WriteLine($"The SARIF file {file} could not be written: {exception.Message}");
            return false;
        }
    }
}
