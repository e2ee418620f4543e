using System.Text.RegularExpressions;

namespace Pitfalls.Runtime.Tests.Conformance;

/// <summary>The project's own habits, as far as a machine can see them.</summary>
public class SourceTests
{
    /// <summary>Files above the size that is meant, and why. One that has shrunk is taken off again.</summary>
    private static readonly Dictionary<string, string> s_tooLong = [];

    private static readonly string[] s_sources = [.. Repository.Files("src", ".cs"), .. Repository.Files("tests", ".cs"), .. Repository.Files("samples", ".cs"), .. Repository.Files("benchmarks", ".cs")];

    [Fact]
    public void Files_stay_small()
    {
        var tooLong = Repository.Files("src", ".cs").Select(file => (File: file, Lines: File.ReadLines(Repository.PathOf(file)).Count()))
            .Where(f => f.Lines > (IsRule(f.File) ? 120 : 300))
            .ToDictionary(f => f.File, f => f.Lines);

        Assert.True(tooLong.Keys.All(s_tooLong.ContainsKey), $"longer than meant: {string.Join(", ", tooLong.Where(f => !s_tooLong.ContainsKey(f.Key)))}");
        Assert.True(s_tooLong.Keys.All(tooLong.ContainsKey), $"no longer too long: {string.Join(", ", s_tooLong.Keys.Except(tooLong.Keys))}");
    }

    [Theory]
    [InlineData(@"\bTO" + @"DO\b|\bFIX" + @"ME\b|\bHA" + @"CK\b")]
    [InlineData(@"NotImplemented" + "Exception")]
    [InlineData(@"\bSkip\s*=\s*""")]
    [InlineData(@"Thread\.Sle" + @"ep\(")]
    public void Nothing_is_left_undone_or_waited_for(string banned)
    {
        var found = s_sources
            // A sample or a test may make the very mistake that is to be found.
            .Where(file => !banned.Contains("Sle", StringComparison.Ordinal) || file.StartsWith("src/", StringComparison.Ordinal))
            // Threads of the library's own that look at the process now and then; nobody waits for them.
            .Where(file => !banned.Contains("Sle", StringComparison.Ordinal)
                || !(file.StartsWith("src/Pitfalls.Runtime/Signals/Blocking/", StringComparison.Ordinal) || file is "src/Pitfalls.Runtime/Reporting/BoundedWorker.cs" or "src/Pitfalls.Runtime/Signals/Exceptions/ExceptionSignal.cs"))
            .SelectMany(file => File.ReadLines(Repository.PathOf(file)).Select((line, i) => (Place: $"{file}:{i + 1}", line)))
            .Where(l => Regex.IsMatch(l.line, banned))
            .Select(l => l.Place)
            .ToList();

        Assert.True(found.Count == 0, $"{banned}: {string.Join(", ", found)}");
    }

    [Fact]
    public void No_type_is_called_by_what_it_is_not()
    {
        var found = typeof(PitfallRule).Assembly.GetTypes().Select(t => t.Name).Where(n => Regex.IsMatch(n, "(Manager|Helper|Helpers|Util|Utils)$")).ToList();

        Assert.Empty(found);
    }

    /// <summary>A file that is named after a rule; what rules share is held to the size of other code.</summary>
    private static bool IsRule(string file) => PitfallCatalog.Rules.Any(r => file.EndsWith($"/Rules/{r.Category}/{r.Name}.cs", StringComparison.Ordinal));
}
