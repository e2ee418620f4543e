using System.Text.RegularExpressions;

namespace Pitfalls.Runtime.Sinks;

/// <summary>From the path that the compiler wrote to the path from the repository's root, which is what a code host can show. No path of this machine goes out.</summary>
internal sealed partial class SourceTree
{
    private const int MaxDepth = 40;

    private readonly string _contentRoot;
    private readonly string _applicationName;
    private readonly Lazy<string> _root;
    private readonly Lazy<string> _appFile;

    public SourceTree(string? contentRoot, string applicationName)
    {
        _contentRoot = string.IsNullOrEmpty(contentRoot) ? "" : Path.TrimEndingDirectorySeparator(Path.GetFullPath(contentRoot));
        _applicationName = applicationName.Length == 0 ? "app" : applicationName;
        _root = new(FindRoot);
        _appFile = new(FindAppFile);
    }

    /// <summary>The file that stands for the app as a whole, where a finding has no place in code.</summary>
    public string AppFile => _appFile.Value;

    /// <summary>The path from the root, with slashes.</summary>
    /// <param name="path">As the PDB has it: of this machine, of another one, or with the root replaced.</param>
    /// <param name="fileName">The file's name, where there is no path.</param>
    public string Relative(string? path, string? fileName)
    {
        if (string.IsNullOrEmpty(path))
            return fileName ?? AppFile;
        var plain = path.Replace('\\', '/');
        // A deterministic build has replaced the root.
        if (MappedRoot().Match(plain) is { Success: true } mapped)
            return plain[mapped.Length..];
        if (Below(plain) is { } below)
            return below;
        // Built elsewhere: the longest end of the path that is here, too.
        var parts = plain.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var from = Math.Max(0, parts.Length - MaxDepth); from < parts.Length - 1 && _root.Value.Length > 0; from++)
        {
            var end = string.Join('/', parts[from..]);
            if (!end.Contains(':', StringComparison.Ordinal) && File.Exists(Path.Combine(_root.Value, end)))
                return end;
        }

        return parts[^1];
    }

    private string? Below(string path)
    {
        var root = _root.Value.Replace('\\', '/') + "/";
        return root.Length > 1 && path.StartsWith(root, OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal) ? path[root.Length..] : null;
    }

    /// <summary>The repository that holds the content root; without one the content root itself.</summary>
    private string FindRoot()
    {
        for (var folder = _contentRoot; !string.IsNullOrEmpty(folder); folder = Path.GetDirectoryName(folder))
        {
            // In a work tree of its own it is a file.
            if (Path.Exists(Path.Combine(folder, ".git")))
                return folder;
        }

        return _contentRoot;
    }

    private string FindAppFile()
    {
        string[] names = [_applicationName + ".csproj", "Program.cs", "appsettings.json"];
        var name = _contentRoot.Length == 0 ? null : Array.Find(names, n => File.Exists(Path.Combine(_contentRoot, n)));
        return name is null ? names[0] : Below($"{_contentRoot}/{name}".Replace('\\', '/')) ?? name;
    }

    [GeneratedRegex("^/_[0-9]*/")]
    private static partial Regex MappedRoot();
}
