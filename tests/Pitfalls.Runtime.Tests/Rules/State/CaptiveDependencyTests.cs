using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Rules.State;
using Pitfalls.Runtime.Signals.State;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.State;

public class CaptiveDependencyTests
{
    private static readonly PitfallLocation s_place = new() { Function = "Shop.Catalog.Catalog", File = "Catalog.cs", Line = 4 };

    private readonly RecordingReporter _reporter = new();

    [Fact]
    public void Flags_a_constructor()
    {
        new CaptiveDependency().Observe(new CapturedService("Shop.Catalog", "Shop.IClock", "Shop.Clock", "Shop.Catalog → Shop.IClock", s_place, null), _reporter);

        Assert.Equal("The singleton Shop.Catalog gets the scoped service Shop.IClock through its constructor and keeps it for the life of the app (Shop.Catalog → Shop.IClock).", _reporter.Single.Message);
        Assert.Equal("Shop.Catalog > Shop.Clock", _reporter.Single.Subject);
        Assert.Equal(4, _reporter.Single.Location!.Line);
    }

    [Fact]
    public void Flags_what_the_root_provider_keeps()
    {
        new CaptiveDependency().Observe(new RootScopedService("Shop.Orders", s_place, null), _reporter);

        Assert.Equal("Shop.Orders is registered as scoped and was asked of the root provider, which keeps it for the life of the app.", _reporter.Single.Message);
        Assert.Contains("CreateScope", _reporter.Single.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Flags_a_field_with_what_the_root_scope_made_at_once()
    {
        Observe(HeldObjects.Of(isPromoted: true));

        Assert.Equal("The singleton Shop.Registry keeps an instance of the scoped service Shop.Held in Shop.Registry._held.", _reporter.Single.Message);
        Assert.Equal(7, _reporter.Single.Location!.Line);
    }

    [Fact]
    public void Flags_a_scoped_service_that_stays()
    {
        Observe(HeldObjects.Of(isScoped: true, samples: 3, samplesOfThisOne: 2));
        Assert.Empty(_reporter.Reports);

        Observe(HeldObjects.Of(isScoped: true, samples: 3, samplesOfThisOne: 3, writers: Collections.Place("Shop.Registry.Set", 9)));
        Assert.Equal(9, _reporter.Single.Location!.Line);
        Assert.EndsWith("; Registry.Set in Cache.cs:line 9 puts it there.", _reporter.Single.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Flags_a_field_that_always_has_one_if_another_each_time()
    {
        Observe(HeldObjects.Of(isScoped: true, samples: 4));
        Assert.Empty(_reporter.Reports);

        Observe(HeldObjects.Of(isScoped: true, samples: 5));
        Assert.Single(_reporter.Reports);
    }

    [Fact]
    public void The_objects_and_the_registrations_are_one_finding()
    {
        new CaptiveDependency().Observe(new CapturedService("Shop.Registry", "Shop.IHeld", "Shop.Held", "…", s_place, null), _reporter);
        Observe(HeldObjects.Of(isPromoted: true));

        Assert.Single(_reporter.Reports.Select(r => r.Occurrence.Subject).Distinct());
        Assert.True(_reporter.Reports[0].Occurrence.Weight > _reporter.Reports[1].Occurrence.Weight);
    }

    [Fact]
    public void StaysSilent_on_a_static_that_holds_one() => IsSilent(HeldObjects.Of(isInStaticField: true, isScoped: true, isPromoted: true, samples: 9, samplesOfThisOne: 9));

    [Fact]
    public void StaysSilent_on_what_is_there_for_a_moment() => IsSilent(HeldObjects.Of(isScoped: true, samples: 2, samplesOfThisOne: 2));

    [Fact]
    public void StaysSilent_on_what_comes_and_goes_in_a_list() => IsSilent(HeldObjects.Of(isScoped: true, isElement: true, samples: 9, samplesOfThisOne: 9));

    [Fact]
    public void StaysSilent_on_what_is_no_scoped_service() => IsSilent(HeldObjects.Of(HeldKind.ServiceProvider, samples: 9, samplesOfThisOne: 9));

    [Fact]
    public void Limitation_a_scoped_type_that_user_code_also_makes_by_itself_is_not_told() =>
        IsSilent(HeldObjects.Of(isScoped: true, samples: 9, samplesOfThisOne: 9, isConstructedByUser: true));

    [Fact]
    public void Carries_what_is_allowed()
    {
        var allowed = new Allowance("PIT2005", "no state");
        new CaptiveDependency().Observe(new CapturedService("a", "b", "b", "a → b", s_place, allowed), _reporter);
        new CaptiveDependency().Observe(new RootScopedService("a", s_place, allowed), _reporter);
        Observe(HeldObjects.Of(isPromoted: true, declared: allowed));

        Assert.All(_reporter.Reports, r => Assert.True(r.Occurrence.Declared!.Covers(CaptiveDependency.Rule)));
    }

    private void IsSilent(HeldObject held)
    {
        Observe(held);
        Assert.Empty(_reporter.Reports);
    }

    private void Observe(HeldObject held) => new CaptiveDependency().Observe(held, _reporter);
}
