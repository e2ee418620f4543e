using Microsoft.Extensions.DependencyInjection;

namespace Pitfalls.Runtime.Checking;

/// <summary>How a process ends that was started for a check. Its code is the check's, whatever the app's Main returns.</summary>
internal static class CheckExit
{
    public const int Passed = 0;
    public const int Failed = 1;

    /// <summary>Bad arguments, or nothing was looked at: a silence that proves nothing must not pass.</summary>
    public const int NotChecked = 2;

    private const string Decided = "Pitfalls.Runtime.Checking.ExitCode";

    /// <summary>Turns this process into a check when its arguments say so.</summary>
    public static void EnterIfAsked(IServiceCollection services)
    {
        var arguments = CheckArguments.OfProcess(out var problem);
        if (problem is not null)
        {
            Console.Error.WriteLine(problem);
            Environment.Exit(NotChecked);
        }

        if (arguments is null)
            return;
        if (CheckOrder.RunAgain() is { } code)
            Environment.Exit(code);
        AppDomain.CurrentDomain.ProcessExit += static (_, _) => End();
        CheckHost.Prepare(services, arguments);
    }

    public static void Decide(int code) => AppDomain.CurrentDomain.SetData(Decided, code);

    /// <summary>Runs when Main has returned or somebody has called <see cref="Environment.Exit"/>; the code set here is the one that counts.</summary>
    private static void End()
    {
        if (AppDomain.CurrentDomain.GetData(Decided) is int code)
        {
            Environment.ExitCode = code;
            return;
        }

        Console.Error.WriteLine("Nothing was checked: the app ended before its host had started.");
        Environment.ExitCode = NotChecked;
    }
}
