namespace Pitfalls.Runtime.Benchmarks.Report;

/// <summary>The page that shows the figures; only what stands between its marks is made by the benchmark.</summary>
internal static class PerformancePage
{
    private const string Begin = "<!-- made by ./build.sh bench --write: begin -->";
    private const string End = "<!-- made by ./build.sh bench --write: end -->";

    /// <summary>Puts the report in its place and says where that is, seen from the repository's root.</summary>
    public static string Write(string report)
    {
        var relative = Path.Combine("docs", "performance.md");
        var path = Path.Combine(Root(), relative);
        var page = File.ReadAllText(path);
        var (begin, end) = (page.IndexOf(Begin, StringComparison.Ordinal), page.IndexOf(End, StringComparison.Ordinal));
        if (begin < 0 || end < begin)
            throw new InvalidOperationException($"{relative} has lost its marks {Begin} and {End}");
        File.WriteAllText(path, page[..(begin + Begin.Length)] + "\n\n" + report.Trim() + "\n\n" + page[end..]);
        return relative;
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Pitfalls.Runtime.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("this program does not lie in its repository");
    }
}
