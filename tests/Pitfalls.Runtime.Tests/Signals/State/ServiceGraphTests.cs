using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.Signals.State;

namespace Pitfalls.Runtime.Tests.Signals.State;

public class ServiceGraphTests
{
    [Fact]
    public void Flags_a_scoped_service_in_a_constructor() =>
        Captives(["Single > IScoped"], s => s.AddSingleton<Single>().AddScoped<IScoped, ScopedOne>());

    [Fact]
    public void Flags_it_through_any_depth_of_transients() =>
        Captives(["OverTransients > Outer > Inner > IScoped"], s => s.AddSingleton<OverTransients>().AddTransient<Outer>().AddTransient<Inner>().AddScoped<IScoped, ScopedOne>());

    [Fact]
    public void Flags_one_made_by_a_factory_and_a_registered_instance_is_opaque() =>
        Captives(["Single > IScoped"], s => s.AddSingleton<Single>().AddSingleton(_ => new OverTransients(null!)).AddScoped<IScoped>(_ => new ScopedOne()));

    [Fact]
    public void Flags_open_generics() =>
        Captives(
            ["OverGeneric > IRepository", "Cache > IScoped"],
            s => s.AddSingleton<OverGeneric>().AddSingleton(typeof(Cache<>)).AddScoped(typeof(IRepository<>), typeof(Repository<>)).AddScoped<IScoped, ScopedOne>());

    [Fact]
    public void Flags_lists() =>
        Captives(["OverList > IScoped"], s => s.AddSingleton<OverList>().AddSingleton<IScoped, ScopedTwo>().AddScoped<IScoped, ScopedOne>().AddTransient<IScoped, ScopedTwo>());

    [Fact]
    public void Flags_keyed_services_by_their_key()
    {
        Captives(["OverKey > IScoped"], s => s.AddSingleton<OverKey>().AddKeyedScoped<IScoped, ScopedOne>("a").AddKeyedSingleton<IScoped, ScopedTwo>("b"));
        Captives([], s => s.AddSingleton<OverKey>().AddKeyedSingleton<IScoped, ScopedTwo>("a").AddKeyedScoped<IScoped, ScopedOne>("b"));
        Captives(["OverEnumKey > IScoped"], s => s.AddSingleton<OverEnumKey>().AddKeyedScoped<IScoped, ScopedOne>(DayOfWeek.Friday));
    }

    [Fact]
    public void Flags_what_is_registered_for_any_key() =>
        Captives(["OverKey > IScoped"], s => s.AddSingleton<OverKey>().AddKeyedScoped<IScoped, ScopedOne>(KeyedService.AnyKey));

    [Fact]
    public void StaysSilent_when_the_very_key_is_registered_beside_any_key() =>
        Captives([], s => s.AddSingleton<OverKey>().AddKeyedScoped<IScoped, ScopedOne>(KeyedService.AnyKey).AddKeyedSingleton<IScoped, ScopedTwo>("a"));

    [Fact]
    public void Limitation_an_inherited_key_is_not_followed() =>
        Captives([], s => s.AddKeyedSingleton<OverInheritedKey>("a").AddKeyedScoped<IScoped, ScopedOne>("a").AddScoped<IScoped, ScopedOne>());

    [Fact]
    public void Knows_what_a_constructor_is_given() =>
        Assert.Equal(
            [typeof(Inner), typeof(ScopedOne)],
            Graph(s => s.AddScoped<Outer>().AddScoped<Inner>().AddScoped<IScoped, ScopedOne>()) is var graph ? graph.GivenTo(typeof(Outer)).Concat(graph.GivenTo(typeof(Inner))) : []);

    [Fact]
    public void Flags_a_keyed_singleton() => Captives(["Single > IScoped"], s => s.AddKeyedSingleton<Single>("k").AddScoped<IScoped, ScopedOne>());

    [Fact]
    public void Takes_the_constructor_the_container_would_take()
    {
        Captives(["TwoWays > IScoped"], s => s.AddSingleton<TwoWays>().AddScoped<IScoped, ScopedOne>());
        Captives([], s => s.AddSingleton<TwoWays>());
    }

    [Fact]
    public void StaysSilent_on_the_ways_to_make_scopes() =>
        Captives([], s => s.AddSingleton<Maker>().AddScoped<IScoped, ScopedOne>().AddSingleton<Func<IScoped>>(_ => () => new ScopedOne()));

    [Fact]
    public void StaysSilent_when_the_last_registration_is_no_scoped_one() =>
        Captives([], s => s.AddSingleton<Single>().AddScoped<IScoped, ScopedOne>().AddSingleton<IScoped, ScopedTwo>());

    [Fact]
    public void StaysSilent_on_a_singleton_that_was_replaced() =>
        Captives([], s => s.AddSingleton<IService, Replaced>().AddScoped<IService, Replaced>().AddScoped<IScoped, ScopedOne>());

    [Fact]
    public void StaysSilent_on_scoped_and_transient_consumers() =>
        Captives([], s => s.AddScoped<Single>().AddTransient<Outer>().AddTransient<Inner>().AddScoped<IScoped, ScopedOne>());

    [Fact]
    public void Ends_on_circles() => Captives([], s => s.AddSingleton<Circle>().AddTransient<Round>().AddTransient<About>());

    [Fact]
    public void Knows_the_types_that_are_scoped_and_nothing_else()
    {
        var graph = Graph(s => s.AddScoped<IScoped, ScopedOne>().AddScoped<ScopedTwo>().AddSingleton<IService, ScopedTwo>().AddScoped(typeof(IRepository<>), typeof(Repository<>)).AddScoped(_ => new Inner(null!)));

        Assert.True(graph.IsScoped(typeof(ScopedOne)));
        Assert.False(graph.IsScoped(typeof(ScopedTwo)));
        Assert.True(graph.IsScoped(typeof(Repository<int>)));
        Assert.True(graph.IsScoped(typeof(Inner)));
        Assert.False(graph.IsScoped(typeof(Single)));
    }

    [Fact]
    public void Never_asks_a_key_of_the_apps_for_its_hash() =>
        Captives([], s => s.AddSingleton<Single>().AddKeyedScoped<IScoped, ScopedOne>(new TrapKey()));

    private static void Captives(string[] expected, Action<IServiceCollection> register) =>
        Assert.Equal(expected.Order(StringComparer.Ordinal), Graph(register).Captives().Select(c => string.Join(" > ", c.Path.Select(t => t.Name.Split('`')[0]))).Order(StringComparer.Ordinal));

    private static ServiceGraph Graph(Action<IServiceCollection> register)
    {
        var services = new ServiceCollection();
        register(services);
        return new ServiceGraph([.. services]);
    }

    private interface IScoped;

    private interface IService;

    private interface IRepository<T>;

    private sealed class ScopedOne : IScoped;

    private sealed class ScopedTwo : IScoped, IService;

    private sealed class Repository<T> : IRepository<T>;

#pragma warning disable CS9113 // parameters are what is looked at
    private sealed class Single(IScoped scoped);

    private sealed class Inner(IScoped scoped);

    private sealed class Outer(Inner inner);

    private sealed class OverTransients(Outer outer);

    private sealed class OverGeneric(IRepository<string> strings);

    private sealed class Cache<T>(IScoped scoped);

    private sealed class OverList(IEnumerable<IScoped> all);

    private sealed class OverKey([FromKeyedServices("a")] IScoped scoped);

    private sealed class OverInheritedKey([FromKeyedServices] IScoped scoped);

    private sealed class OverEnumKey([FromKeyedServices(DayOfWeek.Friday)] IScoped scoped);

    private sealed class Replaced(IScoped scoped) : IService;

    private sealed class Maker(IServiceScopeFactory scopes, IServiceProvider services, Func<IScoped> factory);

    private sealed class Circle(Round round);

    private sealed class Round(About about);

    private sealed class About(Round round);
#pragma warning restore CS9113

    private sealed class TwoWays
    {
        public TwoWays()
        {
        }

        public TwoWays(IScoped scoped) => GC.KeepAlive(scoped);
    }

    private sealed class TrapKey
    {
        public override bool Equals(object? obj) => throw new InvalidOperationException("Equals of a key ran");

        public override int GetHashCode() => throw new InvalidOperationException("GetHashCode of a key ran");

        public override string ToString() => throw new InvalidOperationException("ToString of a key ran");
    }
}
