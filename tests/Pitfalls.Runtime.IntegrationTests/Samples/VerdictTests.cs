using PitfallShop.Driver;
using PitfallShop.Lessons;

namespace Pitfalls.Runtime.IntegrationTests.Samples;

public class VerdictTests
{
    private static readonly Expectation[] s_expected =
    [
        new("PIT3001", "GET /v1/a", "A.cs"),
        new("PIT3001", "GET /v1/b", "B.cs"),
        new("PIT2001", null, "C.cs"),
        new("PIT7002", null, null),
    ];

    private static readonly Finding[] s_found =
    [
        Found("PIT3001", "A.cs", "GET /v1/a"),
        Found("PIT3001", "B.cs", "GET /v1/b"),
        Found("PIT2001", "C.cs"),
        Found("PIT7002", null),
    ];

    [Fact]
    public void Is_good_when_every_expectation_has_its_finding()
    {
        Assert.True(Verdict.Of(s_found, s_expected).IsGood);
    }

    [Fact]
    public void Tells_what_is_missing()
    {
        var verdict = Verdict.Of(s_found[1..], s_expected);

        Assert.False(verdict.IsGood);
        Assert.Same(s_expected[0], Assert.Single(verdict.Missing));
        Assert.Empty(verdict.Unexpected);
    }

    public static TheoryData<string, string?, string> Surplus => new()
    {
        { "PIT3001", "A.cs", "GET /v1/a" }, // the same a second time
        { "PIT3001", "A.cs", "GET /v1/c" },
        { "PIT3001", "A.cs", "GET /v2/a" },
        { "PIT3002", "A.cs", "GET /v1/a" },
        { "PIT2001", "D.cs", "GET /v1/a" },
    };

    [Theory]
    [MemberData(nameof(Surplus))]
    public void Tells_what_is_one_too_many(string rule, string? file, string route)
    {
        var surplus = Found(rule, file, route);

        var verdict = Verdict.Of([.. s_found, surplus], s_expected);

        Assert.False(verdict.IsGood);
        Assert.Empty(verdict.Missing);
        Assert.Same(surplus, Assert.Single(verdict.Unexpected));
    }

    [Fact]
    public void Does_not_take_the_right_route_in_the_wrong_file()
    {
        var verdict = Verdict.Of([Found("PIT3001", "Elsewhere.cs", "GET /v1/a"), .. s_found[1..]], s_expected);

        Assert.Same(s_expected[0], Assert.Single(verdict.Missing));
        Assert.Single(verdict.Unexpected);
    }

    [Fact]
    public void Does_not_take_a_finding_that_the_cure_has_as_well()
    {
        var verdict = Verdict.Of([Found("PIT3001", "A.cs", "GET /v1/a", "GET /v2/a"), .. s_found[1..]], s_expected);

        Assert.Empty(verdict.Missing);
        Assert.Single(verdict.Unexpected);
    }

    [Fact]
    public void Is_not_good_when_nothing_was_expected_and_nothing_found() => Assert.False(Verdict.Of([], []).IsGood);

    private static Finding Found(string rule, string? file, params string[] routes) => new()
    {
        RuleId = rule,
        Rule = rule,
        Category = PitfallCategory.Responses,
        Severity = PitfallSeverity.Warning,
        Title = "",
        Message = "",
        Fix = "",
        HelpUrl = "",
        Fingerprint = rule + string.Concat(routes) + file,
        Count = 1,
        FirstSeen = default,
        LastSeen = default,
        Routes = routes,
        Location = file is null ? null : new PitfallLocation { Function = "F", File = file, Line = 1 },
        Evidence = new Dictionary<string, object>(),
    };
}
