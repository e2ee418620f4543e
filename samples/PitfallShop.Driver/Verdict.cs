using Pitfalls.Runtime;

using PitfallShop.Lessons;

namespace PitfallShop.Driver;

/// <summary>What was found beside what the lessons announce: each expectation takes one finding, and nothing may be left over.</summary>
internal sealed record Verdict(IReadOnlyList<Finding> Found, IReadOnlyList<Expectation> Missing, IReadOnlyList<Finding> Unexpected)
{
    public bool IsGood => Missing.Count == 0 && Unexpected.Count == 0 && Found.Count > 0;

    public static Verdict Of(IReadOnlyList<Finding> found) => Of(found, Lesson.All.SelectMany(lesson => lesson.Expectations));

    public static Verdict Of(IReadOnlyList<Finding> found, IEnumerable<Expectation> expectations)
    {
        var missing = expectations.ToList();
        var unexpected = new List<Finding>();
        foreach (var finding in found)
        {
            var expected = missing.FindIndex(expectation => Fits(expectation, finding));
            if (expected >= 0)
                missing.RemoveAt(expected);
            if (expected < 0 || IsOnTheCure(finding))
                unexpected.Add(finding);
        }

        return new Verdict(found, missing, unexpected);
    }

    private static bool Fits(Expectation expected, Finding finding) =>
        finding.RuleId == expected.RuleId
        && (expected.Route is null || finding.Routes.Contains(expected.Route))
        && (expected.File is null || finding.Location?.File == expected.File);

    /// <summary>A finding of the first version that was seen in the second one as well is no cure.</summary>
    private static bool IsOnTheCure(Finding finding) => finding.Routes.Any(route => route.Contains(" /v2/", StringComparison.Ordinal));
}
