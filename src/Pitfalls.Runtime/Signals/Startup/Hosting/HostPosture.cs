using Microsoft.Extensions.Logging;

namespace Pitfalls.Runtime.Signals.Startup.Hosting;

/// <summary>What the app runs as, in plain values.</summary>
internal sealed record HostPosture
{
    public required string EnvironmentName { get; init; }

    public bool IsDevelopment => string.Equals(EnvironmentName, "Development", StringComparison.OrdinalIgnoreCase);

    /// <summary>The environment called Production; teams that write it short mean the same.</summary>
    public bool IsProduction => EnvironmentName.ToUpperInvariant() is "PRODUCTION" or "PROD" or "PRD" or "LIVE";

    public bool RunsInContainer { get; init; }

    /// <summary>Nobody outside this process can call it: the server is a test's.</summary>
    public bool IsTestServer { get; init; }

    public ListeningAddresses Listening { get; init; } = new([], [], []);

    /// <summary>The app's assembly when the compiler did not optimise it.</summary>
    public string? DebugBuild { get; init; }

    /// <summary>Full names of what stands in the pipeline.</summary>
    public IReadOnlySet<string> Middleware { get; init; } = new HashSet<string>();

    /// <summary>Options that send the inside of errors to callers, as code or a key would name them: <c>HubOptions.EnableDetailedErrors</c>.</summary>
    public IReadOnlyList<string> DetailedErrors { get; init; } = [];

    /// <summary>Database contexts that log the values of parameters.</summary>
    public IReadOnlyList<string> LogsSensitiveData { get; init; } = [];

    /// <summary>Whether tokens and identities stand in clear text in messages of IdentityModel.</summary>
    public bool ShowsPersonalData { get; init; }

    /// <summary>The lowest level that is logged where no category says otherwise.</summary>
    public LogLevel DefaultLogLevel { get; init; } = LogLevel.Information;

    /// <summary>What changes code or pages under a running app, in words.</summary>
    public IReadOnlyList<string> HotReload { get; init; } = [];
}

/// <summary>Where the app listens.</summary>
/// <param name="Bound">What the server is bound to.</param>
/// <param name="FixedInCode">What code has fixed, past all configuration.</param>
/// <param name="BeyondLoopback">Those that other machines can reach.</param>
internal sealed record ListeningAddresses(IReadOnlyList<string> Bound, IReadOnlyList<FixedAddress> FixedInCode, IReadOnlyList<string> BeyondLoopback);

/// <summary>An address that only a new build can change.</summary>
/// <param name="Address">As the code has it.</param>
/// <param name="By">The call: <c>UseUrls</c>, <c>app.Urls</c>, <c>Listen</c>.</param>
internal sealed record FixedAddress(string Address, string By);
