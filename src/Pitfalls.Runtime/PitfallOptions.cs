namespace Pitfalls.Runtime;

/// <summary>What can be set, in code or in the configuration section <c>Pitfalls</c> (reloadable).</summary>
public sealed class PitfallOptions
{
    /// <summary>How closely the app is watched. Default: <see langword="null"/>, which is <c>Development</c> in the environment of that name, else <c>Production</c>.</summary>
    public PitfallProfile? Profile { get; set; }

    /// <summary>What is set for single rules, by id (<c>PIT1001</c>) or name. Default: empty.</summary>
    public IDictionary<string, PitfallRuleOptions> Rules { get; } = new Dictionary<string, PitfallRuleOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Names of the assemblies whose code is "yours". Default: empty, which is the entry assembly and its non-framework project references.</summary>
    public IList<string> UserAssemblies { get; } = [];

    /// <summary>Pitfalls allowed on purpose. Default: empty.</summary>
    public IList<PitfallAllowance> Allow { get; } = [];

    /// <summary>The page with the findings.</summary>
    public PitfallDashboardOptions Dashboard { get; } = new();

    /// <summary>How many distinct findings are kept, 1…100000. Default: 1000. What comes after is dropped and counted.</summary>
    public int MaxFindings { get; set; } = 1000;

    /// <summary>Values that configuration holds and that cannot be read; they fail the validation.</summary>
    internal List<string> Problems { get; } = [];

    /// <summary>What was ignored, and why.</summary>
    internal List<string> Notices { get; } = [];

    /// <summary>The options of one rule, made when there are none yet.</summary>
    /// <param name="rule">Its id or name.</param>
    /// <returns>The options to change.</returns>
    /// <exception cref="ArgumentException"><paramref name="rule"/> is empty.</exception>
    public PitfallRuleOptions Rule(string rule)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(rule);
        if (!Rules.TryGetValue(rule, out var options))
            Rules[rule] = options = new PitfallRuleOptions();
        return options;
    }
}

/// <summary>What is set for one rule.</summary>
public sealed class PitfallRuleOptions
{
    /// <summary>Whether the rule runs. Default: true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The severity of its findings. Default: <see langword="null"/>, the rule's own. Set on a rule that its profile leaves out, it switches it on.</summary>
    public PitfallSeverity? Severity { get; set; }

    /// <summary>The rule's thresholds by name, written as in configuration; its page lists them.</summary>
    public IDictionary<string, string> Settings { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
}

/// <summary>One pitfall allowed by configuration.</summary>
public sealed class PitfallAllowance
{
    /// <summary>The rule's id or name, or <c>*</c> for every rule. Required.</summary>
    public string Rule { get; set; } = "";

    /// <summary>
    /// Where: a route (<c>GET /orders/{id}</c>), a function (<c>Shop.OrdersController.Get</c>), a source file or a fingerprint, with
    /// <c>*</c> for any text. Default: empty, which is everywhere.
    /// </summary>
    public string Where { get; set; } = "";

    /// <summary>Why it is right here. Required.</summary>
    public string Reason { get; set; } = "";
}

/// <summary>The page with the findings.</summary>
public sealed class PitfallDashboardOptions
{
    /// <summary>Where it is mounted: an absolute path without a slash at its end. Default: <c>/_pitfalls</c>.</summary>
    public string Path { get; set; } = "/_pitfalls";
}
