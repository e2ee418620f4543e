using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Rules.State;
using Pitfalls.Runtime.Signals.State;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.State;

public class UnboundedStaticCollectionTests
{
    private readonly RecordingReporter _reporter = new();

    [Fact]
    public void Flags_one_that_grows_with_every_request()
    {
        Observe(Collections.Growing().With(places: [Collections.Place(), Collections.Place("Shop.Cache.Touch", 40)]));

        var found = _reporter.Single;
        Assert.Equal(
            "Shop.Cache.Users (Dictionary<string, User>) grew from 100 to 240 entries in 7 samples, 1.0 per request, and never shrank; Cache.Add in Cache.cs:line 12 adds to it.",
            found.Message);
        Assert.Equal("Shop.Cache.Users", found.Subject);
        Assert.Equal(12, found.Location!.Line);
        Assert.Equal("Cache.Add in Cache.cs:line 12; Cache.Touch in Cache.cs:line 40", found.Evidence["writers"]);
        Assert.Equal(240L, found.Evidence["entries"]);
        Assert.Equal(1.0, found.Evidence["entriesPerRequest"]);
        Assert.Equal(120.0, found.Evidence["entriesPerMinute"]);
        Assert.Equal("string", found.Evidence["keyType"]);
        Assert.Equal("User", found.Evidence["valueType"]);
    }

    [Fact]
    public void Flags_at_the_fifth_growing_sample_and_not_before()
    {
        Observe(Collections.Growing(samples: 5));
        Assert.Empty(_reporter.Reports);

        Observe(Collections.Growing(samples: 6));
        Assert.Single(_reporter.Reports);
    }

    [Fact]
    public void Flags_where_the_field_is_declared_when_nobody_is_seen_adding()
    {
        Observe(Collections.Growing());

        Assert.Equal(3, _reporter.Single.Location!.Line);
        Assert.False(_reporter.Single.Evidence.ContainsKey("writers"));
    }

    [Fact]
    public void Flags_the_method_rather_than_the_constructor_that_adds()
    {
        Observe(Collections.Growing().With(places: [Collections.Place("Shop.Cache.Cache", 5, isConstruction: true), Collections.Place(line: 20)]));

        Assert.Equal(20, _reporter.Single.Location!.Line);
    }

    [Fact]
    public void Flags_growth_with_a_quiet_sample_in_between() =>
        Flags((100, 0), (120, 20), (140, 40), (140, 45), (160, 60), (180, 80), (200, 100));

    [Fact]
    public void Flags_growth_in_bursts_with_idle_time_between_them() =>
        Flags((100, 0), (120, 20), (120, 20), (120, 20), (140, 40), (160, 60), (160, 60), (180, 80), (200, 100));

    [Fact]
    public void Flags_an_entry_that_is_seen_a_sample_after_its_request() =>
        Flags((100, 0), (120, 20), (140, 40), (160, 60), (180, 80), (181, 80), (200, 100));

    [Fact]
    public void Flags_growth_far_beyond_what_it_was_emptied_from()
    {
        Observe(Collections.Growing().With(shrunkFrom: 100));

        Assert.Single(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_when_filled_once_at_start() => IsSilent((5000, 0), (5000, 20), (5000, 40), (5000, 60), (5000, 80), (5000, 100), (5000, 120));

    [Fact]
    public void StaysSilent_below_a_hundred_entries() => IsSilent((10, 0), (20, 20), (30, 40), (40, 60), (50, 80), (60, 100), (70, 120));

    [Fact]
    public void StaysSilent_on_a_plateau() =>
        IsSilent((100, 0), (200, 20), (300, 40), (400, 60), (450, 80), (500, 100), (500, 120), (500, 140), (500, 160));

    [Fact]
    public void StaysSilent_on_a_plateau_that_got_one_more_entry() =>
        IsSilent((100, 0), (200, 20), (300, 40), (400, 60), (450, 80), (500, 100), (500, 120), (500, 140), (500, 160), (501, 180));

    [Fact]
    public void StaysSilent_when_it_fills_up_slower_and_slower() =>
        IsSilent((0, 0), (300, 500), (420, 1000), (468, 1500), (487, 2000), (495, 2500), (498, 3000), (499, 3500));

    [Fact]
    public void StaysSilent_when_it_grows_and_shrinks() =>
        IsSilent((100, 0), (200, 20), (300, 40), (150, 60), (250, 80), (350, 100), (120, 120), (220, 140), (320, 160));

    [Fact]
    public void StaysSilent_on_a_cache_that_was_emptied_before()
    {
        Observe(Collections.Growing().With(shrunkFrom: 5000));

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_when_it_grows_without_requests() =>
        IsSilent((100, 0), (120, 0), (140, 0), (160, 0), (180, 0), (200, 0), (220, 0), (240, 0));

    [Fact]
    public void StaysSilent_when_it_grows_whether_requests_come_or_not() =>
        IsSilent((100, 0), (120, 5), (140, 5), (160, 5), (180, 9), (200, 9), (220, 9), (240, 15), (260, 15), (280, 20), (300, 25));

    [Theory]
    [InlineData(nameof(RootKind.Singleton))]
    [InlineData(nameof(RootKind.HostedService))]
    [InlineData(nameof(RootKind.Pipeline))]
    public void StaysSilent_on_what_another_rule_reports(string root)
    {
        Observe(Collections.Growing().With(root: Enum.Parse<RootKind>(root)));
        Observe(Collections.Growing().With(isMemoryCache: true, limits: new CacheLimits(false, 1)));

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_on_one_without_samples() => IsSilent();

    [Fact]
    public void Carries_what_the_field_and_the_writer_allow()
    {
        Observe(Collections.Growing().With(
            declared: new Allowance("PIT9999", "other"),
            places: Collections.Place() with { Declared = new Allowance("PIT2001", "by design") }));

        Assert.True(_reporter.Single.Declared!.Covers(UnboundedStaticCollection.Rule));
    }

    [Fact]
    public void Settings_move_the_bounds()
    {
        _reporter.With(UnboundedStaticCollection.MinimumEntries, "1000").With(UnboundedStaticCollection.GrowingSamples, "3");
        Observe(Collections.Growing());
        Assert.Empty(_reporter.Reports);

        Observe(Collections.Of((900, 0), (1000, 100), (1100, 200), (1200, 300)));
        Assert.Single(_reporter.Reports);
    }

    private void Flags(params (long, long)[] samples)
    {
        Observe(Collections.Of(samples));
        Assert.Single(_reporter.Reports);
    }

    private void IsSilent(params (long, long)[] samples)
    {
        // As they come in one by one: it must have been silent all the time.
        for (var i = 0; i <= samples.Length; i++)
            Observe(Collections.Of(samples[..i]));
        Assert.Empty(_reporter.Reports);
    }

    private void Observe(ObservedCollection collection) => new UnboundedStaticCollection().Observe(collection, _reporter);
}
