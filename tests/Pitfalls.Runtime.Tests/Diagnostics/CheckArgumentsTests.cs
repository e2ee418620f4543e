using Pitfalls.Runtime.Checking;

namespace Pitfalls.Runtime.Tests.Diagnostics;

public class CheckArgumentsTests
{
    [Theory]
    [InlineData("--check-pitfalls", null, PitfallSeverity.Warning)]
    [InlineData("--check-pitfalls --fail-on error", null, PitfallSeverity.Error)]
    [InlineData("--check-pitfalls --fail-on=Error", null, PitfallSeverity.Error)]
    [InlineData("--sarif out.sarif --check-pitfalls", "out.sarif", PitfallSeverity.Warning)]
    [InlineData("--urls http://x --check-pitfalls --sarif=a=b.sarif --fail-on warning", "a=b.sarif", PitfallSeverity.Warning)]
    public void Reads_its_own_and_leaves_the_rest(string line, string? sarif, PitfallSeverity failOn)
    {
        var arguments = CheckArguments.Parse(line.Split(' '), _ => null, out var problem);

        Assert.Null(problem);
        Assert.Equal((sarif is null ? null : Path.GetFullPath(sarif), failOn), (arguments!.SarifFile, arguments.FailOn));
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("0", false)]
    [InlineData("", false)]
    [InlineData("no", false)]
    public void The_variable_asks_too(string value, bool asked) =>
        Assert.Equal(asked, CheckArguments.Parse([], name => name == "PITFALLS_CHECK" ? value : null, out _) is not null);

    [Fact]
    public void Arguments_win_over_variables()
    {
        var arguments = CheckArguments.Parse(["--check-pitfalls", "--fail-on", "error"], name => name == "PITFALLS_FAIL_ON" ? "warning" : null, out _);

        Assert.Equal(PitfallSeverity.Error, arguments!.FailOn);
    }

    [Fact]
    public void Without_the_switch_nothing_is_ours()
    {
        Assert.Null(CheckArguments.Parse(["--sarif", "--fail-on", "nonsense"], _ => null, out var problem));
        Assert.Null(problem);
    }

    [Theory]
    [InlineData("--check-pitfalls --environment Production", "--environment Production --check-pitfalls")]
    [InlineData("--a 1 --check-pitfalls --environment=Production --sarif x", "--a 1 --environment=Production --sarif x --check-pitfalls")]
    [InlineData("--check-pitfalls", null)]
    [InlineData("--environment Production --check-pitfalls", null)]
    [InlineData("--check-pitfalls --sarif x --environment Production", null)]
    [InlineData("--check-pitfalls true --environment Production", null)]
    [InlineData("--environment Production", null)]
    public void An_argument_that_would_be_swallowed_comes_first(string line, string? mended) =>
        Assert.Equal(mended, CheckOrder.Mend(line.Split(' ')) is { } order ? string.Join(' ', order) : null);
}
