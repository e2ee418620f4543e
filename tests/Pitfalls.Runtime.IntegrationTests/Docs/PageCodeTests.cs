using System.Runtime.CompilerServices;

namespace Pitfalls.Runtime.IntegrationTests.Docs;

public class PageCodeTests
{
    /// <summary>What these two leave to the reader's imagination.</summary>
    private const string ReadersOwn = "public sealed class Vault { public string Export() => \"{}\"; }";

    public static TheoryData<string> Pages => [.. PitfallCatalog.Rules.Select(r => r.Id)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void The_code_of_a_rules_page_compiles(string ruleId)
    {
        var blocks = PageCode.Of(File.ReadAllText(Path.Combine(Docs(), "rules", ruleId + ".md")));

        Assert.True(blocks.Count >= 2, "a page shows the pitfall and its cure");
        Assert.All(blocks, block => Assert.Empty(PageCode.Errors(block)));
    }

    [Fact]
    public void The_code_of_the_readme_and_the_guide_compiles() =>
        Assert.All(
            [Path.Combine(Docs(), "..", "README.md"), Path.Combine(Docs(), "start-here.md")],
            page => Assert.All(PageCode.Of(File.ReadAllText(page)), block => Assert.Empty(PageCode.Errors(block + "\n" + ReadersOwn))));

    [Fact]
    public void Code_that_does_not_compile_is_told() => Assert.NotEmpty(PageCode.Errors("app.MapGot(\"/\", () => 1);"));

    [Fact]
    public void A_block_without_an_end_is_told() => Assert.Throws<FormatException>(() => PageCode.Of("```csharp\nvar a = 1;\n"));

    private static string Docs([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "docs");
}
