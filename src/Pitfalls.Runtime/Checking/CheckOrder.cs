using System.ComponentModel;
using System.Diagnostics;

namespace Pitfalls.Runtime.Checking;

/// <summary>
/// Puts <c>--check-pitfalls</c> last. The framework's parser takes what follows an argument without a value for its value: in
/// <c>--check-pitfalls --environment Production</c> the app would not hear of Production. By the time we are called it has parsed them, so the
/// process is started again, with the same arguments in another order, and its exit code is ours.
/// </summary>
internal static class CheckOrder
{
    private const string Done = "PITFALLS_CHECK_ORDERED";

    /// <summary>The arguments in an order in which none swallows another; <see langword="null"/>: they are in one.</summary>
    public static string[]? Mend(ReadOnlySpan<string> arguments)
    {
        var at = arguments.IndexOf(CheckArguments.Switch);
        // Our own two we read ourselves, whoever has swallowed them.
        if (at < 0 || at == arguments.Length - 1 || arguments[at + 1] is not ['-' or '/', ..] || CheckArguments.IsOurs(arguments[at + 1]))
            return null;
        return [.. arguments[..at], .. arguments[(at + 1)..], CheckArguments.Switch];
    }

    /// <summary>The exit code of the process started anew; <see langword="null"/>: there is no need, or no way.</summary>
    public static int? RunAgain()
    {
        var all = Environment.GetCommandLineArgs();
        if (Environment.GetEnvironmentVariable(Done) is not null || Environment.ProcessPath is not { } program || Mend(all.AsSpan(1)) is not { } arguments)
            return null;
        var start = new ProcessStartInfo(program) { UseShellExecute = false };
        // dotnet Shop.dll …
        if (Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase))
            start.ArgumentList.Add(all[0]);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment[Done] = "1";
        try
        {
            using var process = Process.Start(start);
            process?.WaitForExit();
            return process?.ExitCode;
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException)
        {
            Console.Error.WriteLine($"Write {CheckArguments.Switch} last: here it hides the argument after it from the app.");
            return CheckExit.NotChecked;
        }
    }
}
