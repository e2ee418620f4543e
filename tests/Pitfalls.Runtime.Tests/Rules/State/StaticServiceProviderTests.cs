using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Rules.State;
using Pitfalls.Runtime.Signals.State;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.State;

public class StaticServiceProviderTests
{
    private readonly RecordingReporter _reporter = new();

    [Theory]
    [InlineData(nameof(HeldKind.Application), "the application")]
    [InlineData(nameof(HeldKind.ServiceProvider), "a service provider")]
    [InlineData(nameof(HeldKind.ServiceScope), "a service scope")]
    [InlineData(nameof(HeldKind.HttpContext), "a request's context")]
    [InlineData(nameof(HeldKind.HttpRequest), "a request")]
    [InlineData(nameof(HeldKind.HttpResponse), "a response")]
    [InlineData(nameof(HeldKind.DbContext), "a DbContext")]
    [InlineData(nameof(HeldKind.HttpContextAccessor), "an accessor of the current request")]
    public void Flags_a_static_field_with(string kind, string what)
    {
        Observe(HeldObjects.Of(Enum.Parse<HeldKind>(kind), isInStaticField: true, writers: Collections.Place("Shop.Program.Main", 3)));

        Assert.Equal($"The static field Shop.Registry._held holds {what} (IHeld); Program.Main in Cache.cs:line 3 puts it there.", _reporter.Single.Message);
        Assert.Equal("Shop.Registry._held", _reporter.Single.Subject);
        Assert.Equal(3, _reporter.Single.Location!.Line);
    }

    [Fact]
    public void Flags_where_the_field_is_declared_when_nobody_is_seen_assigning()
    {
        Observe(HeldObjects.Of(HeldKind.DbContext, isInStaticField: true));

        Assert.Equal(5, _reporter.Single.Location!.Line);
        Assert.Contains("IDbContextFactory", _reporter.Single.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Flags_a_request_with_a_fix_of_its_own()
    {
        Observe(HeldObjects.Of(HeldKind.HttpContext, isInStaticField: true));

        Assert.Contains("IHttpContextAccessor", _reporter.Single.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void StaysSilent_on_anything_else_in_a_static_field() => IsSilent(HeldObjects.Of(isInStaticField: true));

    [Fact]
    public void StaysSilent_on_a_singletons_field() => IsSilent(HeldObjects.Of(HeldKind.ServiceProvider));

    [Fact]
    public void StaysSilent_on_what_comes_and_goes_in_a_list() => IsSilent(HeldObjects.Of(HeldKind.ServiceScope, isInStaticField: true, isElement: true));

    [Fact]
    public void Limitation_a_provider_behind_a_statics_object_is_not_told() => IsSilent(HeldObjects.Of(HeldKind.ServiceProvider, RootKind.Static));

    [Fact]
    public void Carries_what_the_field_and_the_writer_allow()
    {
        Observe(HeldObjects.Of(HeldKind.Application, isInStaticField: true, declared: new Allowance("PIT2004", "a tool")));
        Observe(HeldObjects.Of(HeldKind.Application, isInStaticField: true, writers: Collections.Place() with { Declared = new Allowance("StaticServiceProvider", "a tool") }));

        Assert.All(_reporter.Reports, r => Assert.True(r.Occurrence.Declared!.Covers(StaticServiceProvider.Rule)));
    }

    private void IsSilent(HeldObject held)
    {
        Observe(held);
        Assert.Empty(_reporter.Reports);
    }

    private void Observe(HeldObject held) => new StaticServiceProvider().Observe(held, _reporter);
}
