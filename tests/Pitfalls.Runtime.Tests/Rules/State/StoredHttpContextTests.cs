using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Rules.State;
using Pitfalls.Runtime.Signals.State;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.State;

public class StoredHttpContextTests
{
    private readonly RecordingReporter _reporter = new();

    [Theory]
    [InlineData(nameof(HeldKind.HttpContext), nameof(RootKind.Singleton), "The context of a request is kept in a field of a singleton, Shop.Registry._held")]
    [InlineData(nameof(HeldKind.HttpRequest), nameof(RootKind.Static), "A request is kept in the static field Shop.Registry._held")]
    [InlineData(nameof(HeldKind.HttpResponse), nameof(RootKind.HostedService), "A response is kept in a field of a hosted service, Shop.Registry._held")]
    [InlineData(nameof(HeldKind.HttpContext), nameof(RootKind.Pipeline), "The context of a request is kept in a field that lives as long as the app, Shop.Registry._held")]
    public void Flags_one_in_a_field(string kind, string root, string words)
    {
        Observe(HeldObjects.Of(Enum.Parse<HeldKind>(kind), Enum.Parse<RootKind>(root), writers: Collections.Place("Shop.Registry.Keep", 9)));

        Assert.Equal($"{words}; Registry.Keep in Cache.cs:line 9 puts it there.", _reporter.Single.Message);
        Assert.Equal(9, _reporter.Single.Location!.Line);
        Assert.Equal(root, _reporter.Single.Evidence["root"]);
    }

    [Fact]
    public void Flags_where_the_field_is_declared_when_nobody_is_seen_assigning()
    {
        Observe(HeldObjects.Of(HeldKind.HttpContext));

        Assert.Equal(5, _reporter.Single.Location!.Line);
        Assert.EndsWith("_held.", _reporter.Single.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(HeldKind.HttpContextAccessor))]
    [InlineData(nameof(HeldKind.ServiceProvider))]
    [InlineData(nameof(HeldKind.DbContext))]
    [InlineData(nameof(HeldKind.None))]
    public void StaysSilent_on_anything_else(string kind) => IsSilent(HeldObjects.Of(Enum.Parse<HeldKind>(kind), isScoped: true));

    [Fact]
    public void Limitation_contexts_in_a_list_are_taken_for_live_connections() => IsSilent(HeldObjects.Of(HeldKind.HttpContext, isElement: true));

    [Fact]
    public void Carries_what_the_field_allows()
    {
        Observe(HeldObjects.Of(HeldKind.HttpContext, declared: new Allowance("PIT2006", "a tunnel")));

        Assert.True(_reporter.Single.Declared!.Covers(StoredHttpContext.Rule));
    }

    private void IsSilent(HeldObject held)
    {
        Observe(held);
        Assert.Empty(_reporter.Reports);
    }

    private void Observe(HeldObject held) => new StoredHttpContext().Observe(held, _reporter);
}
