using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Pitfalls.Runtime.Signals.Requests.Uploads;

/// <summary>
/// Looks for a file that was written during a request under the name the client sent: in the folders an app writes to, the freshest first. Files are
/// neither opened nor listed, only asked for by that one name.
/// </summary>
internal sealed class SavedFiles(IServiceProvider services)
{
    public const int MaxFolders = 3_000;
    private const int MaxDepth = 8;
    private const int MaxLearned = 32;

    private static readonly string[] s_skipped = [".git", ".vs", "node_modules", "obj"];
    private static readonly EnumerationOptions s_folders = new() { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint, RecurseSubdirectories = false };

    private readonly List<string> _learned = [];
    private (string Path, string Words)[]? _roots;

    private (string Path, string Words)[] Roots => _roots ??= [.. FindRoots()];

    /// <summary>The app has written a file there: a place to look at next time.</summary>
    public void Learn(string file)
    {
        if (Path.GetDirectoryName(file) is { Length: > 0 } folder && _learned.Count < MaxLearned && !_learned.Contains(folder))
            _learned.Add(folder);
    }

    /// <summary>A folder in words: its path might hold what the client sent.</summary>
    public string Words(string path) => Array.Find(Roots, r => IsBelow(path, r.Path)).Words ?? "a folder elsewhere";

    /// <summary>The path of such a file; <see langword="null"/>: none was found.</summary>
    /// <param name="clientName">The name as the client sent it.</param>
    /// <param name="length">The upload's length.</param>
    /// <param name="from">When the request began, by the clock of files.</param>
    public string? Find(string clientName, long length, DateTime from)
    {
        string[] names = [.. ClientName.Candidates(clientName).SelectMany(n => new[] { n, n.ToLowerInvariant(), n.ToUpperInvariant() }).Distinct(StringComparer.Ordinal)];
        if (names.Length == 0)
            return null;
        foreach (var folder in Folders())
        {
            foreach (var name in names)
            {
                var file = new FileInfo(Path.Combine(folder, name));
                if (IsTheUpload(file, length, from))
                    return file.FullName;
            }
        }

        return null;
    }

    private static bool IsTheUpload(FileInfo file, long length, DateTime from)
    {
        try
        {
            // Written in this request with all its bytes; or made in this request, as a picture that was scaled down.
            return file.Exists && file.LinkTarget is null
                && ((file.Length == length && file.LastWriteTimeUtc >= from) || (file.Length > 0 && file.CreationTimeUtc >= from && file.LastWriteTimeUtc >= from));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The freshest folders first: a new file changes the time of the folder it is in.</summary>
    private IEnumerable<string> Folders()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new PriorityQueue<(DirectoryInfo Folder, int Depth), long>();
        foreach (var learned in _learned)
            Add(new DirectoryInfo(learned), MaxDepth);
        foreach (var (root, _) in Roots)
            Add(new DirectoryInfo(root), 0);
        for (var visited = 0; visited < MaxFolders && open.TryDequeue(out var next, out _); visited++)
        {
            yield return next.Folder.FullName;
            if (next.Depth >= MaxDepth)
                continue;
            foreach (var child in Children(next.Folder))
                Add(child, next.Depth + 1);
        }

        void Add(DirectoryInfo folder, int depth)
        {
            if (seen.Count < MaxFolders * 4 && seen.Add(Path.TrimEndingDirectorySeparator(folder.FullName)))
                open.Enqueue((folder, depth), -TimeOf(folder));
        }
    }

    private static long TimeOf(DirectoryInfo folder)
    {
        try
        {
            return folder.LastWriteTimeUtc.Ticks;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static IReadOnlyList<DirectoryInfo> Children(DirectoryInfo folder)
    {
        try
        {
            return [.. folder.EnumerateDirectories("*", s_folders).Where(d => !s_skipped.Contains(d.Name, StringComparer.OrdinalIgnoreCase)).Take(MaxFolders)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or System.Security.SecurityException)
        {
            return [];
        }
    }

    private IEnumerable<(string Path, string Words)> FindRoots()
    {
        var web = services.GetService<IWebHostEnvironment>();
        (string? Path, string Words)[] roots =
        [
            (web?.WebRootPath, "the web root"),
            ((web ?? services.GetService<IHostEnvironment>())?.ContentRootPath, "the content root"),
            (Environment.CurrentDirectory, "the current directory"),
            (AppContext.BaseDirectory, "the app's own folder"),
            (Path.GetTempPath(), "the folder for temporary files"),
        ];
        // A container may start an app in the root of all: below that lie devices and processes, not uploads.
        return roots.Where(r => !string.IsNullOrEmpty(r.Path) && Directory.Exists(r.Path))
            .Select(r => (Path: Path.GetFullPath(r.Path!), r.Words))
            .Where(r => Path.GetPathRoot(r.Path) != r.Path);
    }

    private static bool IsBelow(string path, string root) =>
        path.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.OrdinalIgnoreCase);
}
