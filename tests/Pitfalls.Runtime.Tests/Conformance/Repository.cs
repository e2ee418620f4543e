namespace Pitfalls.Runtime.Tests.Conformance;

/// <summary>The repository these tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] s_others = ["artifacts", "bin", "obj", ".git", "node_modules"];

    public static string Root { get; } = Find();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    public static bool Exists(string relative) => File.Exists(PathOf(relative));

    public static string Read(string relative) => File.ReadAllText(PathOf(relative));

    /// <summary>Files below a folder with one of the extensions, by their path from the root.</summary>
    public static IEnumerable<string> Files(string folder, params string[] extensions)
    {
        var start = PathOf(folder);
        return !Directory.Exists(start) ? [] : Directory.EnumerateFiles(start, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => extensions.Contains(Path.GetExtension(file)) && !file.Split('/').Any(s_others.Contains))
            .Order(StringComparer.Ordinal);
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pitfalls.Runtime.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("The repository's root is not above " + AppContext.BaseDirectory);
    }
}
