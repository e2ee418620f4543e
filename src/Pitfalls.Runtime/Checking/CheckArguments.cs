namespace Pitfalls.Runtime.Checking;

/// <summary>What <c>--check-pitfalls</c> was asked for. Everything else on the command line is the app's.</summary>
/// <param name="SarifFile">Where to write SARIF; <see langword="null"/>: nowhere.</param>
/// <param name="FailOn">The least severity that makes the check fail.</param>
internal sealed record CheckArguments(string? SarifFile, PitfallSeverity FailOn)
{
    public const string Switch = "--check-pitfalls";

    private const string Sarif = "--sarif";
    private const string Fail = "--fail-on";

    public static bool IsOurs(string argument) => argument.Split('=')[0] is Sarif or Fail;

    /// <summary>The arguments of this process; <see langword="null"/>: no check was asked for.</summary>
    public static CheckArguments? OfProcess(out string? problem) => Parse(Environment.GetCommandLineArgs().AsSpan(1), Environment.GetEnvironmentVariable, out problem);

    /// <param name="arguments">Without the program's name.</param>
    /// <param name="variable">For apps whose own parser takes no argument it does not know.</param>
    /// <param name="problem">What is wrong with them, in one sentence; <see langword="null"/>: nothing.</param>
    public static CheckArguments? Parse(ReadOnlySpan<string> arguments, Func<string, string?> variable, out string? problem)
    {
        problem = null;
        if (!arguments.Contains(Switch) && variable("PITFALLS_CHECK")?.Trim().ToUpperInvariant() is not ("1" or "TRUE"))
            return null;

        var (sarif, failOn) = (NullIfEmpty(variable("PITFALLS_SARIF")), NullIfEmpty(variable("PITFALLS_FAIL_ON")));
        for (var i = 0; i < arguments.Length; i++)
        {
            var (name, value) = arguments[i].Split('=', 2) is [var before, var after] ? (before, after) : (arguments[i], null);
            if (name is not (Sarif or Fail))
                continue;
            value ??= i + 1 < arguments.Length && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal) ? arguments[++i] : null;
            if (string.IsNullOrWhiteSpace(value))
            {
                problem = name == Sarif ? $"{Sarif} needs the name of a file, as in {Sarif} pitfalls.sarif." : $"{Fail} needs warning or error, as in {Fail} error.";
                return null;
            }

            (sarif, failOn) = name == Sarif ? (value, failOn) : (sarif, value);
        }

        PitfallSeverity? severity = failOn?.ToUpperInvariant() switch
        {
            null or "WARNING" => PitfallSeverity.Warning,
            "ERROR" => PitfallSeverity.Error,
            _ => null,
        };
        if (severity is null)
        {
            problem = $"{Fail} takes warning or error, not '{failOn}'.";
            return null;
        }

        return FullPath(sarif, out var path, out problem) ? new CheckArguments(path, severity.Value) : null;
    }

    /// <summary>The app may change its current directory later.</summary>
    private static bool FullPath(string? file, out string? path, out string? problem)
    {
        (path, problem) = (null, null);
        if (file is null)
            return true;
        try
        {
            path = Path.GetFullPath(file);
            if (!Directory.Exists(path))
                return true;
            problem = $"{Sarif} needs the name of a file, and '{file}' is a folder.";
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or NotSupportedException)
        {
            problem = $"{Sarif} needs the name of a file, and '{file}' is none.";
        }

        return false;
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
