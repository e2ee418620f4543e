using System.Diagnostics;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Symbols;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Reporting;

public class AllowPolicyTests
{
    private static readonly Occurrence s_seen = new()
    {
        Message = "m",
        Subject = "GET /orders/{id}",
        Route = "GET /orders/{id}",
        Location = new PitfallLocation { Function = "Shop.OrdersController.Get", File = "OrdersController.cs", Line = 42 },
    };

    [Theory]
    [InlineData("PIT3001", "")]
    [InlineData("pit3001", "*")]
    [InlineData("NullBody", "GET /orders/{id}")]
    [InlineData("nullbody", "get /ORDERS/{id}")]
    [InlineData("PIT3001", "/orders/{id}")]
    [InlineData("PIT3001", "GET /orders/*")]
    [InlineData("PIT3001", "Shop.OrdersController.Get")]
    [InlineData("PIT3001", "Shop.Orders*")]
    [InlineData("PIT3001", "OrdersController.cs")]
    [InlineData("*", "*Controller.cs")]
    [InlineData("PIT3001", "33230b7a8e083bdc")]
    [InlineData(" PIT3001 ", " /orders/* ")]
    public void Configuration_allows_by_place(string rule, string where) =>
        Assert.True(AllowPolicy.Allows(Findings.Rule, s_seen, Options(rule, where)));

    [Theory]
    [InlineData("PIT3002", "")]
    [InlineData("PIT300", "")]
    [InlineData("PIT3001", "GET /orders")]
    [InlineData("PIT3001", "POST /orders/{id}")]
    [InlineData("PIT3001", "/customers/*")]
    [InlineData("PIT3001", "OrdersController")]
    [InlineData("PIT3001", "Shop.OrdersController.Get2")]
    [InlineData("PIT3001", "33230b7a8e083bd")]
    public void Configuration_allows_nothing_else(string rule, string where) =>
        Assert.False(AllowPolicy.Allows(Findings.Rule, s_seen, Options(rule, where)));

    [Fact]
    public void A_pattern_is_a_text_but_for_its_stars()
    {
        var odd = s_seen with { Route = @"GET /a\b<c>?(d+)", Location = null, Subject = "x" };

        Assert.True(AllowPolicy.Allows(Findings.Rule, odd, Options("*", @"GET /a\b<c>?(d+)")));
        Assert.False(AllowPolicy.Allows(Findings.Rule, odd, Options("*", @"GET /a\b<c>?(d+")));
    }

    [Fact]
    public void Declared_and_ambient_allowances_count_alone()
    {
        var none = Options("PIT9999", "");

        Assert.False(AllowPolicy.Allows(Findings.Rule, s_seen, none));
        Assert.True(AllowPolicy.Allows(Findings.Rule, s_seen with { Declared = new Allowance("NullBody", "r") }, none));
        Assert.True(AllowPolicy.Allows(Findings.Rule, s_seen with { Ambient = new Allowance("PIT2001", "r", new Allowance("pit3001", "r")) }, none));
        Assert.False(AllowPolicy.Allows(Findings.Rule, s_seen with { Declared = new Allowance("PIT2001", "r"), Ambient = new Allowance("*", "r") }, none));
    }

    [Fact]
    public async Task A_scope_allows_across_awaits_and_nests()
    {
        Assert.Null(Pitfall.Ambient);
        using (Pitfall.Allow("PIT3001", "outer"))
        {
            await Task.Yield();
            using (Pitfall.Allow("PIT1001", "inner"))
            {
                await Task.Delay(1);
                Assert.True(Pitfall.Ambient!.Covers(Findings.Rule));
                Assert.Equal("PIT1001", Pitfall.Ambient.Rule);
            }

            Assert.Equal("PIT3001", Pitfall.Ambient!.Rule);
        }

        Assert.Null(Pitfall.Ambient);
    }

    [Fact]
    public void Ended_out_of_order_or_twice_a_scope_takes_nobody_elses_along()
    {
        var outer = Pitfall.Allow("PIT3001", "outer");
        var inner = Pitfall.Allow("PIT1001", "inner");

        outer.Dispose();
        Assert.Equal("PIT1001", Pitfall.Ambient!.Rule);
        inner.Dispose();
        inner.Dispose();
        outer.Dispose();

        Assert.Null(Pitfall.Ambient);
    }

    [Theory]
    [InlineData("", "reason")]
    [InlineData("PIT3001", " ")]
    [InlineData(null, "reason")]
    public void A_scope_needs_a_rule_and_a_reason(string? rule, string? reason) =>
        Assert.ThrowsAny<ArgumentException>(() => Pitfall.Allow(rule!, reason!));

    [Fact]
    public void What_a_request_allows_is_known_by_its_activity_and_bounded()
    {
        using var main = new Activity("started by Main").Start();
        using var request = new Activity("Microsoft.AspNetCore.Hosting.HttpRequestIn").Start();
        using (new Activity("handler").Start())
        {
            for (var i = 0; i < 1000; i++)
                Pitfall.Allow($"PIT{i:D4}", "many").Dispose();
        }

        var allowed = 0;
        for (var allowance = Pitfall.InRequest(request); allowance is not null; allowance = allowance.Next)
            allowed++;
        Assert.Equal(32, allowed);
        request.Stop();
        using var other = new Activity("Microsoft.AspNetCore.Hosting.HttpRequestIn").Start();
        Assert.Null(Pitfall.InRequest(other));
        Assert.Null(Pitfall.InRequest(main));
        Assert.Null(Pitfall.InRequest(null));
    }

    [Fact]
    public void Attributes_allow_on_method_type_and_outer_type_also_for_what_the_compiler_makes_of_them()
    {
        var notices = new List<string>();
        Allowance? Of(string method) => SourceLocator.DeclaredAt(typeof(Allowed.Inner).GetMethod(method)!, notices);

        Assert.True(Of(nameof(Allowed.Inner.Both))!.Covers(Findings.Rule));
        Assert.True(Of(nameof(Allowed.Inner.Both))!.Covers(Findings.DevelopmentOnly));
        Assert.False(Of(nameof(Allowed.Inner.Outer))!.Covers(Findings.Rule));
        Assert.True(Of(nameof(Allowed.Inner.Outer))!.Covers(Findings.DevelopmentOnly));
        Assert.True(SourceLocator.DeclaredAt(new Allowed.Inner().Lambda().Method)!.Covers(Findings.Rule));
        Assert.Empty(notices);
        Assert.False(Of(nameof(Allowed.Inner.WithoutReason))!.Covers(Findings.Rule));
        Assert.Contains("without a rule or a reason", Assert.Single(notices), StringComparison.Ordinal);
    }

    private static EffectiveOptions Options(string rule, string where)
    {
        var options = new PitfallOptions();
        options.Allow.Add(new PitfallAllowance { Rule = rule, Where = where, Reason = "known" });
        return EffectiveOptions.From(options, PitfallProfile.Development, Findings.Catalog);
    }

    [AllowPitfall("PIT4004", "on the outer type")]
    private sealed class Allowed
    {
        internal sealed class Inner
        {
            [AllowPitfall("PIT3001", "on the method")]
            public void Both()
            {
            }

            public void Outer()
            {
            }

            [AllowPitfall("PIT3001", "")]
            public void WithoutReason()
            {
            }

            [AllowPitfall("NullBody", "on the method that holds the lambda")]
            public Func<int> Lambda()
            {
                var held = 3;
                return () => held;
            }
        }
    }
}
