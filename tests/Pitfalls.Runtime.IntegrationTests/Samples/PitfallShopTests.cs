using PitfallShop.Driver;
using PitfallShop.Lessons;

namespace Pitfalls.Runtime.IntegrationTests.Samples;

public class PitfallShopTests
{
    [Fact]
    public async Task A_tour_of_the_shop_finds_what_its_lessons_announce_and_nothing_else()
    {
        const string administrator = "manager@shop.example";
        await using var shop = new SampleApp<Lesson>("Development", ("Accounts:Administrator", administrator));

        var verdict = await Tour.RunAsync(
            shop.Address, administrator, new FindingFeed(shop.Address), TimeSpan.Zero, patience: TimeSpan.FromSeconds(60), CancellationToken.None);

        Assert.True(verdict.IsGood, Printout.Describe(verdict));
    }

    [Fact]
    public void Every_lesson_announces_something()
    {
        Assert.NotEmpty(Lesson.All);
        Assert.All(Lesson.All, lesson => Assert.NotEmpty(lesson.Expectations));
    }

    [Fact]
    public void Every_expectation_is_a_rule_of_the_catalogue_in_the_first_version() =>
        Assert.All(Lesson.All.SelectMany(lesson => lesson.Expectations), expectation =>
        {
            Assert.NotNull(PitfallCatalog.Find(expectation.RuleId));
            if (expectation.Route is not null)
                Assert.Contains(" /v1/", expectation.Route, StringComparison.Ordinal);
        });
}
