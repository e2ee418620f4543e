using System.Text.Json;

using Pitfalls.Runtime.Sinks;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Sinks;

public sealed class SarifLogTests : IDisposable
{
    private readonly DirectoryInfo _repository = Directory.CreateTempSubdirectory("pitfalls-sarif-");

    public SarifLogTests()
    {
        _repository.CreateSubdirectory(".git");
        foreach (var file in new[] { "src/shop/Shop.csproj", "src/shop/Orders/List one.cs", "src/lib/Cache.cs" })
        {
            var path = Path.Combine(_repository.FullName, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "");
        }
    }

    private string Shop => Path.Combine(_repository.FullName, "src", "shop");

    public void Dispose() => _repository.Delete(recursive: true);

    [Fact]
    public void A_finding_becomes_a_result_with_rule_level_place_and_fingerprint()
    {
        var finding = Findings.Finding();
        finding = finding with { Location = finding.Location! with { Path = Path.Combine(Shop, "Orders", "List one.cs") } };

        var run = Write(finding).GetProperty("runs")[0];

        var rule = run.GetProperty("tool").GetProperty("driver").GetProperty("rules")[0];
        Assert.Equal(("PIT3001", "error"), (rule.GetProperty("id").GetString(), rule.GetProperty("defaultConfiguration").GetProperty("level").GetString()));
        var result = run.GetProperty("results")[0];
        Assert.Equal(("PIT3001", 0, "warning", 1), (result.GetProperty("ruleId").GetString(), result.GetProperty("ruleIndex").GetInt32(), result.GetProperty("level").GetString(), result.GetProperty("occurrenceCount").GetInt32()));
        Assert.StartsWith(finding.Message, result.GetProperty("message").GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal(finding.Fingerprint, result.GetProperty("partialFingerprints").GetProperty("pitfall/v1").GetString());
        var place = result.GetProperty("locations")[0];
        var physical = place.GetProperty("physicalLocation");
        Assert.Equal(("src/shop/Orders/List%20one.cs", 42), (physical.GetProperty("artifactLocation").GetProperty("uri").GetString(), physical.GetProperty("region").GetProperty("startLine").GetInt32()));
        Assert.Equal("Shop.OrdersController.Get", place.GetProperty("logicalLocations")[0].GetProperty("fullyQualifiedName").GetString());
        Assert.Equal(200, result.GetProperty("properties").GetProperty("evidence").GetProperty("status").GetInt32());
    }

    [Fact]
    public void A_finding_without_a_place_stands_at_the_project()
    {
        var physical = Write(Findings.Finding() with { Location = null }).GetProperty("runs")[0].GetProperty("results")[0].GetProperty("locations")[0].GetProperty("physicalLocation");

        Assert.Equal("src/shop/Shop.csproj", physical.GetProperty("artifactLocation").GetProperty("uri").GetString());
        Assert.Equal(1, physical.GetProperty("region").GetProperty("startLine").GetInt32());
    }

    [Fact]
    public void Without_findings_the_log_is_whole() => Assert.Empty(Write().GetProperty("runs")[0].GetProperty("results").EnumerateArray());

    [Theory]
    [InlineData("/_/src/lib/Cache.cs", "src/lib/Cache.cs")]
    [InlineData("/_1/src/lib/Cache.cs", "src/lib/Cache.cs")]
    [InlineData("/build/agent/7/src/lib/Cache.cs", "src/lib/Cache.cs")]
    [InlineData("C:\\agent\\src\\lib\\Cache.cs", "src/lib/Cache.cs")]
    [InlineData("/home/me/secret-project/Other.cs", "Other.cs")]
    [InlineData(null, "Named.cs")]
    public void A_path_is_cut_at_the_repository(string? path, string expected) => Assert.Equal(expected, new SourceTree(Shop, "Shop").Relative(path, "Named.cs"));

    [Fact]
    public void Without_a_repository_the_content_root_is_the_root()
    {
        Directory.Delete(Path.Combine(_repository.FullName, ".git"));

        Assert.Equal("Orders/List one.cs", new SourceTree(Shop, "Shop").Relative(Path.Combine(Shop, "Orders", "List one.cs"), null));
        Assert.Equal("Shop.csproj", new SourceTree(Shop, "Shop").AppFile);
        Assert.Equal("app.csproj", new SourceTree(null, "").Relative(null, null));
    }

    private JsonElement Write(params Finding[] findings) => JsonDocument.Parse(new SarifLog(Findings.Catalog, new SourceTree(Shop, "Shop")).Write(findings)).RootElement;
}
