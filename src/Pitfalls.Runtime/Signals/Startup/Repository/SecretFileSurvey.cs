using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Startup.Repository;

/// <summary>Looks for files that look like secrets: in the repository that holds the content root, and under the web root, from where they are served.</summary>
internal sealed class SecretFileSurvey(
    RuleSet rules, IPitfallReporter reporter, LiveOptions options, DetectorGuard guard, PitfallMeter meter, HostFacts host, StatusNotes notes, IServiceProvider services) : ISurvey
{
    private const int MaxWebFiles = 50_000;
    private const int MaxCandidates = 1_000;

    private static readonly EnumerationOptions s_everything = new() { IgnoreInaccessible = true, RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, MaxRecursionDepth = 32 };

    private readonly StartupReporter _reporter = new(reporter, options);

    public string Name => "secret files";

    public bool FollowsChanges => false;

    public string? Summary { get; private set; }

    public void Run()
    {
        var runner = new RuleRunner<ISecretFileRule>(rules, _reporter, guard, meter);
        // Two objects: what an app sets on builder.Environment stands in the web host's.
        var web = services.GetService<IWebHostEnvironment>();
        if (!runner.IsAnyEnabled || (web ?? services.GetService<IHostEnvironment>())?.ContentRootPath is not { Length: > 0 } contentRoot || !Directory.Exists(contentRoot))
            return;
        var webRoot = web?.WebRootPath;
        var tracked = Tracked(contentRoot);
        var found = 0;
        foreach (var path in tracked.Concat(UnderWebRoot(contentRoot, webRoot)).Distinct(StringComparer.Ordinal).Take(MaxCandidates))
        {
            var full = Path.GetFullPath(Path.Combine(contentRoot, path));
            if (SecretFiles.Read(full, path, tracked.Contains(path), IsBelow(full, webRoot)) is not { } file)
                continue;
            found++;
            runner.Run(file, static (rule, file, to) => rule.Observe(file, to));
        }

        Summary = $"{found:N0} files with names of secrets";
        _reporter.Flush();
    }

    /// <summary>Only where developers work, and in a check: a production machine has neither git nor a repository to be asked for.</summary>
    private HashSet<string> Tracked(string contentRoot)
    {
        if (!host.IsDevelopment && !host.IsCheck)
            return [];
        var (files, whyNot) = GitRepository.Tracked(contentRoot, SecretFiles.Patterns);
        if (whyNot is not null)
            notes.Add($"PIT7004 does not know which files are committed: {whyNot}.");
        return [.. files];
    }

    private static IEnumerable<string> UnderWebRoot(string contentRoot, string? webRoot)
    {
        if (string.IsNullOrEmpty(webRoot) || !Directory.Exists(webRoot))
            return [];
        // Of packages that lie there for the browser some bring keys of their own tests.
        return Directory.EnumerateFiles(webRoot, "*", s_everything)
            .Take(MaxWebFiles)
            .Where(f => SecretFiles.IsCandidate(Path.GetFileName(f)))
            .Select(f => Path.GetRelativePath(contentRoot, f).Replace('\\', '/'))
            .Where(f => !f.Contains("node_modules/", StringComparison.Ordinal));
    }

    private static bool IsBelow(string path, string? root) =>
        !string.IsNullOrEmpty(root) && path.StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)) + Path.DirectorySeparatorChar, StringComparison.OrdinalIgnoreCase);
}
