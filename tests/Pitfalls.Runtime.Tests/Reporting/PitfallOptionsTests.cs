using System.Globalization;

using Microsoft.Extensions.Configuration;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Reporting;

public class PitfallOptionsTests
{
    [Fact]
    public void Every_option_binds()
    {
        var options = Bind(
            ("Profile", "production"), ("MaxFindings", "77"), ("Dashboard:Path", "/ops/pit"),
            ("UserAssemblies:0", "Shop"), ("UserAssemblies:1", "Shop.Data"),
            ("Allow:0:Rule", "PIT3001"), ("Allow:0:Where", "GET /x"), ("Allow:0:Reason", "known"),
            ("Rules:PIT3001:Enabled", "FALSE"), ("Rules:PIT3001:Severity", "error"), ("Rules:PIT3001:Depth", "7"),
            ("Rules:RedundantBindingSource:Words:0", "a"), ("Rules:RedundantBindingSource:Words:1", "b"));

        Assert.Empty(options.Problems);
        Assert.Empty(options.Notices);
        Assert.Equal((PitfallProfile.Production, 77, "/ops/pit"), (options.Profile, options.MaxFindings, options.Dashboard.Path));
        Assert.Equal(["Shop", "Shop.Data"], options.UserAssemblies);
        var allowed = Assert.Single(options.Allow);
        Assert.Equal(("PIT3001", "GET /x", "known"), (allowed.Rule, allowed.Where, allowed.Reason));
        var rule = options.Rules["pit3001"];
        Assert.Equal((false, PitfallSeverity.Error, "7"), (rule.Enabled, rule.Severity, rule.Settings["depth"]));
        Assert.Equal("a,b", options.Rules["RedundantBindingSource"].Settings["Words"]);
    }

    [Fact]
    public void Nothing_set_is_valid_and_has_the_defaults()
    {
        var options = Bind();
        var effective = EffectiveOptions.From(options, PitfallProfile.Development, Findings.Catalog);

        Assert.Empty(Problems(options));
        Assert.Equal((PitfallProfile.Development, 1000, "/_pitfalls"), (effective.Profile, effective.MaxFindings, effective.DashboardPath));
        Assert.True(effective.For(Findings.Rule).IsEnabled);
        Assert.Equal(3, effective.For(Findings.Rule).Get(Findings.Depth));
    }

    [Theory]
    [InlineData("Profile", "Fast")]
    [InlineData("Profile", "0")]
    [InlineData("Profile", "Development,Production")]
    [InlineData("MaxFindings", "0")]
    [InlineData("MaxFindings", "100001")]
    [InlineData("MaxFindings", "1.5")]
    [InlineData("Dashboard:Path", "")]
    [InlineData("Dashboard:Path", "/")]
    [InlineData("Dashboard:Path", "pit")]
    [InlineData("Dashboard:Path", "/pit/")]
    [InlineData("Dashboard:Path", "/pit//x")]
    [InlineData("Dashboard:Path", "/p?q")]
    [InlineData("Dashboard:Path", "/{id}")]
    [InlineData("Dashboard:Path", "/a b")]
    [InlineData("Dashboard:Path", "/%41")]
    [InlineData("Rules:PIT3001:Enabled", "yes")]
    [InlineData("Rules:PIT3001:Severity", "Fatal")]
    [InlineData("Rules:PIT3001:Severity", "2")]
    [InlineData("Rules:PIT3001:Depth", "0")]
    [InlineData("Rules:PIT3001:Depth", "10")]
    [InlineData("Rules:PIT3001:Depth", "three")]
    [InlineData("Rules:NullBody:depth", "-1")]
    [InlineData("Allow:0:Rule", " ")]
    [InlineData("Allow:0:Reason", "")]
    public void A_wrong_value_is_told_with_its_key_and_what_is_allowed(string key, string value)
    {
        Dictionary<string, string> settings = new() { ["Allow:0:Rule"] = "PIT3001", ["Allow:0:Reason"] = "known", [key] = value };

        var problem = Assert.Single(Problems(Bind([.. settings.Select(s => (s.Key, s.Value))])));

        Assert.StartsWith($"Pitfalls:{key} is '{value}'; allowed is ", problem, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("MaxFindings", "1")]
    [InlineData("MaxFindings", "100000")]
    [InlineData("Dashboard:Path", "/a/b-c_d.e~f")]
    [InlineData("Rules:PIT3001:Depth", "1")]
    [InlineData("Rules:PIT3001:Depth", "9")]
    [InlineData("Profile", "OFF")]
    public void A_value_at_the_edge_is_right(string key, string value) => Assert.Empty(Problems(Bind((key, value))));

    [Fact]
    public void Set_in_code_the_same_holds()
    {
        var options = new PitfallOptions { MaxFindings = -1, Profile = (PitfallProfile)9 };
        options.Rule("PIT3001").Severity = (PitfallSeverity)9;
        options.Rule("PIT3001").Settings["Depth"] = "11";
        options.Dashboard.Path = null!;
        options.Allow.Add(new PitfallAllowance());

        Assert.Equal(7, Problems(options).Count());
        Assert.ThrowsAny<ArgumentException>(() => options.Rule(" "));
    }

    [Theory]
    [InlineData("Speed", "9", "Pitfalls:Speed")]
    [InlineData("Rules:PIT9999:Enabled", "false", "Pitfalls:Rules:PIT9999")]
    [InlineData("Rules:PIT3001:Width", "9", "Pitfalls:Rules:PIT3001:Width")]
    public void What_nobody_knows_is_ignored_and_told(string key, string value, string told)
    {
        var options = Bind((key, value));

        Assert.Empty(Problems(options));
        var notice = Assert.Single(EffectiveOptions.From(options, PitfallProfile.Development, Findings.Catalog).Notices);
        Assert.StartsWith(told + " is ignored", notice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_that_the_profile_leaves_out_runs_when_it_is_given_a_severity()
    {
        Assert.False(Effective(PitfallProfile.Production).For(Findings.DevelopmentOnly).IsEnabled);
        Assert.Contains("Production", Effective(PitfallProfile.Production).For(Findings.DevelopmentOnly).OffBecause, StringComparison.Ordinal);

        var options = new PitfallOptions();
        options.Rule("PIT4004").Severity = PitfallSeverity.Error;
        var rule = EffectiveOptions.From(options, PitfallProfile.Production, Findings.Catalog).For(Findings.DevelopmentOnly);
        Assert.Equal((true, PitfallSeverity.Error), (rule.IsEnabled, rule.Severity));
    }

    [Fact]
    public void Severities_follow_the_profile_and_off_is_off()
    {
        Assert.Equal(PitfallSeverity.Warning, Effective(PitfallProfile.Development).For(Findings.Rule).Severity);
        Assert.Equal(PitfallSeverity.Error, Effective(PitfallProfile.Production).For(Findings.Rule).Severity);
        Assert.False(Effective(PitfallProfile.Off).For(Findings.Rule).IsEnabled);

        var options = new PitfallOptions { Profile = PitfallProfile.Off };
        options.Rule("PIT3001").Severity = PitfallSeverity.Error;
        Assert.False(EffectiveOptions.From(options, PitfallProfile.Development, Findings.Catalog).For(Findings.Rule).IsEnabled);
    }

    [Fact]
    public void The_effective_options_do_not_change_with_those_they_were_made_of()
    {
        var options = new PitfallOptions();
        options.Allow.Add(new PitfallAllowance { Rule = "PIT3001", Reason = "r" });
        options.UserAssemblies.Add("Shop");
        var effective = EffectiveOptions.From(options, PitfallProfile.Development, Findings.Catalog);

        options.Allow[0].Rule = "PIT4004";
        options.Allow.Clear();
        options.UserAssemblies.Add("More");

        Assert.Equal("PIT3001", Assert.Single(effective.Allow).Rule);
        Assert.Equal("Shop", Assert.Single(effective.UserAssemblies));
    }

    [Fact]
    public void A_callback_that_throws_keeps_what_it_had_set()
    {
        var options = new PitfallOptions();
        new PitfallOptionsFromCode(o =>
        {
            o.MaxFindings = 5;
            throw new InvalidOperationException("secret text");
        }).Configure(options);

        Assert.Equal(5, options.MaxFindings);
        var notice = Assert.Single(options.Notices);
        Assert.Contains(nameof(InvalidOperationException), notice, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", notice, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_read_the_same_in_every_culture()
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("sv-SE") { NumberFormat = { NegativeSign = "−" } };
        try
        {
            Assert.Contains("'-5'", Assert.Single(Problems(Bind(("MaxFindings", "-5")))), StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static EffectiveOptions Effective(PitfallProfile profile) => EffectiveOptions.From(new PitfallOptions(), profile, Findings.Catalog);

    private static IEnumerable<string> Problems(PitfallOptions options) =>
        new PitfallOptionsValidator(Findings.Catalog).Validate(null, options).Failures ?? [];

    private static PitfallOptions Bind(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create("Pitfalls:" + s.Key, (string?)s.Value))).Build();
        var options = new PitfallOptions();
        new PitfallOptionsFromConfiguration(configuration).Configure(options);
        return options;
    }
}
