using System.ComponentModel;
using System.Diagnostics;

namespace Pitfalls.Runtime.Signals.Startup.Repository;

/// <summary>Asks the <c>git</c> command which files it tracks. Once, without a shell, a pager, a prompt, a lock or a hook, and within a limit of time.</summary>
internal static class GitRepository
{
    private const int MaxAnswer = 1024 * 1024;

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // A hook, a test or an editor may have set them: then git would speak of another repository.
    private static readonly string[] s_misleading = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", "GIT_PREFIX"];

    /// <summary>Tracked files below a folder that fit the patterns, by their path from it; or why that cannot be told.</summary>
    public static (IReadOnlyList<string> Files, string? WhyNot) Tracked(string folder, IEnumerable<string> patterns, string? git = null, TimeSpan? patience = null)
    {
        git ??= FindOnPath();
        if (git is null)
            return ([], "there is no git command");
        try
        {
            using var process = new Process { StartInfo = StartInfo(git, folder, patterns) };
            process.Start();
            process.StandardInput.Close();
            return Ask(process, patience ?? Patience);
        }
        catch (Exception exception) when (exception is Win32Exception or IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            return ([], $"the git command could not be run ({exception.GetType().Name})");
        }
    }

    private static (IReadOnlyList<string> Files, string? WhyNot) Ask(Process process, TimeSpan patience)
    {
        using var end = new CancellationTokenSource(patience);
        try
        {
            var errors = process.StandardError.ReadToEndAsync(end.Token);
            var answer = ReadAsync(process.StandardOutput, end.Token);
            // On a thread of the library's own.
            Task.WhenAll(errors, answer, process.WaitForExitAsync(end.Token)).GetAwaiter().GetResult();
            if (process.ExitCode == 0)
                return (answer.Result.Split('\0', StringSplitOptions.RemoveEmptyEntries), null);
            return ([], errors.Result.Contains("not a git repository", StringComparison.OrdinalIgnoreCase) ? "no git repository holds the content root"
                : errors.Result.Contains("dubious ownership", StringComparison.OrdinalIgnoreCase) ? "git refuses a repository that belongs to somebody else"
                : $"git ended with {process.ExitCode}");
        }
        catch (OperationCanceledException)
        {
            return ([], $"git did not answer within {patience.TotalSeconds:0.#} s");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, CancellationToken cancel)
    {
        var buffer = new char[MaxAnswer];
        var length = await reader.ReadBlockAsync(buffer, cancel).ConfigureAwait(false);
        // What comes after a million characters is read away: else git would wait for us.
        var rest = new char[4096];
        while (await reader.ReadAsync(rest.AsMemory(), cancel).ConfigureAwait(false) > 0)
        {
        }

        return new string(buffer, 0, length);
    }

    private static ProcessStartInfo StartInfo(string git, string folder, IEnumerable<string> patterns)
    {
        var start = new ProcessStartInfo(git)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // A repository may name a program to be run as its file-system monitor.
            ArgumentList = { "--no-pager", "--no-optional-locks", "-c", "core.fsmonitor=false", "ls-files", "-z", "--cached", "--" },
        };
        foreach (var pattern in patterns)
            start.ArgumentList.Add($":(icase,glob)**/{pattern}");
        foreach (var name in s_misleading)
            start.Environment.Remove(name);
        start.Environment["GIT_OPTIONAL_LOCKS"] = "0";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["LC_ALL"] = "C";
        return start;
    }

    /// <summary>From <c>PATH</c> alone: the current directory, which Windows would try first, is the app's and not to be trusted with that.</summary>
    private static string? FindOnPath()
    {
        var name = OperatingSystem.IsWindows() ? "git.exe" : "git";
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathFullyQualified)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
    }
}
