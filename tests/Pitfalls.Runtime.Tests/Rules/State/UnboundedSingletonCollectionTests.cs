using Pitfalls.Runtime.Rules.State;
using Pitfalls.Runtime.Signals.State;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.State;

public class UnboundedSingletonCollectionTests
{
    private readonly RecordingReporter _reporter = new();

    [Theory]
    [InlineData(nameof(RootKind.Singleton))]
    [InlineData(nameof(RootKind.HostedService))]
    [InlineData(nameof(RootKind.Pipeline))]
    public void Flags_one_that_grows_with_every_request(string root)
    {
        Observe(Collections.Growing().With(root: Enum.Parse<RootKind>(root), places: Collections.Place()));

        Assert.Equal(12, _reporter.Single.Location!.Line);
        Assert.Equal("Shop.Cache.Users", _reporter.Single.Subject);
    }

    [Theory]
    [InlineData(nameof(RootKind.Singleton))]
    [InlineData(nameof(RootKind.Static))]
    public void Flags_a_memory_cache_whose_entries_stay(string root)
    {
        Observe(Collections.Growing().With(root: Enum.Parse<RootKind>(root), isMemoryCache: true, limits: new CacheLimits(false, 1), places: Collections.Place()));

        Assert.Contains("SizeLimit", _reporter.Single.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void StaysSilent_on_a_memory_cache_with_a_size_limit() =>
        IsSilent(Collections.Growing().With(root: RootKind.Singleton, isMemoryCache: true, limits: new CacheLimits(true, 1), places: Collections.Place()));

    [Fact]
    public void StaysSilent_on_a_memory_cache_whose_entries_expire() =>
        IsSilent(Collections.Growing().With(root: RootKind.Singleton, isMemoryCache: true, limits: new CacheLimits(false, 0.1), places: Collections.Place()));

    [Fact]
    public void StaysSilent_on_a_memory_cache_that_cannot_be_looked_into() =>
        IsSilent(Collections.Growing().With(root: RootKind.Singleton, isMemoryCache: true, limits: null, places: Collections.Place()));

    [Fact]
    public void StaysSilent_on_a_memory_cache_that_only_a_library_fills() =>
        IsSilent(Collections.Growing().With(root: RootKind.Singleton, isMemoryCache: true, limits: new CacheLimits(false, 1)));

    [Fact]
    public void StaysSilent_on_statics() => IsSilent(Collections.Growing());

    [Fact]
    public void StaysSilent_on_a_plateau() =>
        IsSilent(Collections.Of((100, 0), (200, 20), (300, 40), (400, 60), (500, 80), (500, 100), (500, 120), (500, 140)).With(root: RootKind.Singleton));

    private void IsSilent(ObservedCollection collection)
    {
        Observe(collection);
        Assert.Empty(_reporter.Reports);
    }

    private void Observe(ObservedCollection collection) => new UnboundedSingletonCollection().Observe(collection, _reporter);
}
