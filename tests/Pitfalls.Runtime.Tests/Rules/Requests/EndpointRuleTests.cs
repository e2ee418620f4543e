using System.Reflection;

using Pitfalls.Runtime.Rules.Requests;
using Pitfalls.Runtime.Rules.Responses;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Signals.Startup.Endpoints;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.Requests;

/// <summary>Rules that judge what endpoints declare, without a server: RedundantBindingSource, RepeatedAuthorization, UnguardedSibling and SharedInputOutputType.</summary>
public class EndpointRuleTests
{
    private static readonly MethodInfo[] s_handlers = typeof(Handlers).GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly);

    private readonly RecordingReporter _reporter = new();

    [Fact]
    public void RepeatedAuthorization_Flags_the_same_demand_on_three()
    {
        new RepeatedAuthorization().Observe(Of([.. Enumerable.Range(0, 3).Select(i => Guarded(i, isShared: false))]), _reporter);

        Assert.Equal("/orders the policy \"Staff\"", _reporter.Single.Subject);
        Assert.Equal(3, _reporter.Single.Evidence["endpoints"]);
    }

    [Fact]
    public void RepeatedAuthorization_StaysSilent_when_the_demand_is_a_groups_or_one_is_open()
    {
        var rule = new RepeatedAuthorization();

        rule.Observe(Of([.. Enumerable.Range(0, 3).Select(i => Guarded(i, isShared: true))]), _reporter);
        rule.Observe(Of([.. Enumerable.Range(0, 3).Select(i => Guarded(i, isShared: false)), Endpoint(3)]), _reporter);
        rule.Observe(Of([Guarded(0, isShared: false), Guarded(1, isShared: false)]), _reporter);
        rule.Observe(Of([.. Enumerable.Range(0, 3).Select(i => Guarded(i, isShared: false) with { IsUserCode = false })]), _reporter);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void The_two_rules_about_authorization_never_speak_of_the_same_group()
    {
        PublishedEndpoint[] all = [.. Enumerable.Range(0, 4).Select(i => i == 3 ? Endpoint(i) : Guarded(i, isShared: false))];

        new RepeatedAuthorization().Observe(Of(all), _reporter);
        new UnguardedSibling().Observe(Of(all), _reporter);

        Assert.Same(UnguardedSibling.Rule, Assert.Single(_reporter.Reports).Rule);
    }

    [Theory]
    [InlineData(nameof(BindingWord.Body), false, false, false, false, "POST", true)]
    [InlineData(nameof(BindingWord.Body), false, false, false, false, "PATCH", true)]
    [InlineData(nameof(BindingWord.Body), false, false, false, false, "DELETE", false)]
    [InlineData(nameof(BindingWord.Body), false, false, false, false, "GET", false)]
    [InlineData(nameof(BindingWord.Body), true, false, false, false, "POST", false)]
    [InlineData(nameof(BindingWord.Body), false, true, false, false, "POST", false)]
    [InlineData(nameof(BindingWord.Body), false, false, true, false, "POST", false)]
    [InlineData(nameof(BindingWord.Body), false, false, false, true, "POST", false)]
    [InlineData(nameof(BindingWord.Services), false, false, false, true, "GET", true)]
    [InlineData(nameof(BindingWord.Services), false, false, false, false, "GET", false)]
    [InlineData(nameof(BindingWord.Route), false, false, true, false, "GET", true)]
    [InlineData(nameof(BindingWord.Route), false, false, false, false, "GET", false)]
    [InlineData(nameof(BindingWord.Route), true, false, true, false, "GET", false)]
    [InlineData(nameof(BindingWord.Other), false, false, false, false, "POST", false)]
    [InlineData(nameof(BindingWord.None), false, false, false, false, "POST", false)]
    public void RedundantBindingSource_Flags_what_inference_would_do(string word, bool saysMore, bool isOptional, bool isSimple, bool isService, string method, bool flags)
    {
        var parameter = new BoundParameter { Name = "id", Type = typeof(Thing), Word = Enum.Parse<BindingWord>(word), SaysMore = saysMore, IsOptional = isOptional, IsSimple = isSimple, IsService = isService };
        var endpoint = Endpoint(0) with { Methods = [method], RequiredParameters = ["ID"], Inputs = new([parameter]) };

        new RedundantBindingSource().Observe(Of(endpoint), _reporter);

        Assert.Equal(flags, _reporter.Reports.Count == 1);
    }

    [Fact]
    public void RedundantBindingSource_StaysSilent_where_there_are_several_candidates_or_a_route_without_the_name()
    {
        BoundParameter body = new() { Name = "a", Type = typeof(Thing), Word = BindingWord.Body };
        BoundParameter route = new() { Name = "id", Type = typeof(int), Word = BindingWord.Route, IsSimple = true };
        var rule = new RedundantBindingSource();

        rule.Observe(Of(Endpoint(0) with { Methods = ["POST"], Inputs = new([body, new() { Name = "b", Type = typeof(Thing) }]) }), _reporter);
        rule.Observe(Of(Endpoint(0) with { RequiredParameters = ["id"], Inputs = new([route]) }, Endpoint(0) with { Inputs = new([route]) }), _reporter);
        rule.Observe(Of(Endpoint(0) with { Controller = typeof(Handlers), Methods = ["POST"], Inputs = new([body]) }), _reporter);

        Assert.Empty(_reporter.Reports);
    }

    [Theory]
    [InlineData(typeof(Member), true, "Password, IsAdmin")]
    [InlineData(typeof(Thing), false, "")]
    public void SharedInputOutputType_Flags_a_type_with_members_that_only_the_server_may_set(Type type, bool flags, string members)
    {
        new SharedInputOutputType().Observe(Of(Taking(type)), _reporter);

        Assert.Equal(flags, _reporter.Reports.Count == 1);
        if (flags)
            Assert.Equal(members, _reporter.Single.Evidence["members"]);
    }

    [Fact]
    public void SharedInputOutputType_Flags_an_entity_without_such_members()
    {
        new SharedInputOutputType().Observe(Of(Taking(typeof(Thing))) with { Entities = new(new HashSet<Type> { typeof(Thing) }) }, _reporter);

        Assert.Equal(true, _reporter.Single.Evidence["entity"]);
    }

    private static PublishedEndpoints Of(params PublishedEndpoint[] endpoints) => new() { All = endpoints, HasFallbackPolicy = false };

    private static PublishedEndpoint Taking(Type type) => Endpoint(0) with
    {
        Methods = ["POST"],
        Inputs = new([new() { Name = "body", Type = type }]),
        Responses = new(new DeclaredResponses { All = [(200, typeof(List<>).MakeGenericType(type))] }),
    };

    private static PublishedEndpoint Guarded(int i, bool isShared) =>
        Endpoint(i) with { Access = new Access([new AccessDemand("the policy \"Staff\"", "\"Staff\"", "[Authorize(Policy = \"Staff\")]", isShared)], IsWaived: false) };

    private static PublishedEndpoint Endpoint(int i) => new()
    {
        Route = $"POST /orders/{i}",
        Methods = ["POST"],
        Segments = ["orders", i.ToString(System.Globalization.CultureInfo.InvariantCulture)],
        Parameters = [],
        Handler = s_handlers[i],
        IsUserCode = true,
        Access = new Access([], IsWaived: false),
        Location = new(() => null),
        Allowed = new(() => null),
    };

    private static class Handlers
    {
        public static void A() => throw new InvalidOperationException();

        public static void B() => throw new InvalidOperationException();

        public static void C() => throw new InvalidOperationException();

        public static void D() => throw new InvalidOperationException();
    }

    private sealed class Thing
    {
        public int Id { get; set; }
    }

    private sealed class Member
    {
        public string? Password { get; set; }

        public bool IsAdmin { get; set; }
    }
}
