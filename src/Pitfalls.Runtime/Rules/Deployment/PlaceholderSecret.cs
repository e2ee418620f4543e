using System.Text;
using System.Text.RegularExpressions;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Startup.Configuration;

namespace Pitfalls.Runtime.Rules.Deployment;

/// <summary>A secret that is none: a placeholder, a sample value, a key too short or fixed in code. Names the key and where it comes from, never the value.</summary>
internal sealed partial class PlaceholderSecret : IConfigurationRule
{
    private const int MinKeyBytes = 32;
    private const double MinKeyEntropy = 2.5;

    public static PitfallRule Rule { get; } = new(7005, nameof(PlaceholderSecret), "Placeholder secret", PitfallSeverity.Info, PitfallSeverity.Error,
        "Make a random value, keep it in user secrets while developing and in the environment or a vault in production, and remove it from code and files.");

    public void Observe(EffectiveConfiguration configuration, IPitfallReporter reporter)
    {
        foreach (var entry in configuration.Entries)
            Judge(entry, configuration.IsDevelopment, reporter);
        foreach (var key in configuration.SigningKeys)
            Judge(key, configuration.IsDevelopment, reporter);
        foreach (var secret in configuration.Secrets.Where(s => s.ConfiguredAt is null || !SecretKeyNames.Is(s.ConfiguredAt.Key)))
        {
            if (PlaceholderValues.Verdict(secret.Value) is { } verdict)
                Report(reporter, $"client secret {secret.Scheme}", $"The client secret of the scheme {secret.Scheme} is {verdict}.", secret.ConfiguredAt?.Origin.Words ?? "code");
        }
    }

    private static void Judge(ConfigurationEntry entry, bool isDevelopment, IPitfallReporter reporter)
    {
        if (entry.Origin.IsVault || (isDevelopment && entry.Origin.IsUserSecrets))
            return;
        if (SecretKeyNames.Is(entry.Key))
        {
            if (PlaceholderValues.Verdict(entry.Value) is { } verdict)
                Report(reporter, entry.Key, $"{entry.Key}, from {entry.Origin.Words}, is {verdict} and no secret.", entry.Origin.Words);
        }
        // Databases on the developer's own machine have such passwords, and may.
        else if (!isDevelopment && PasswordIn(entry.Value) is { } password && PlaceholderValues.Verdict(password) is { } verdict)
        {
            Report(reporter, entry.Key, $"The password in the connection string {entry.Key}, from {entry.Origin.Words}, is {verdict} and no secret.", entry.Origin.Words);
        }
    }

    private static void Judge(SigningKey key, bool isDevelopment, IPitfallReporter reporter)
    {
        // What signs the tokens of dotnet user-jwts lies in user secrets.
        if (key.ConfiguredAt?.Origin is { IsVault: true } || (isDevelopment && key.ConfiguredAt?.Origin is { IsUserSecrets: true }))
            return;
        var origin = key.ConfiguredAt is { } entry ? $"{entry.Key}, from {entry.Origin.Words}" : key.IsInCode ? "fixed in code" : "made by code";
        var verdict = PlaceholderValues.Verdict(Encoding.UTF8.GetString(key.Bytes))
            ?? (key.Bytes.Length < MinKeyBytes ? $"too short: {key.Bytes.Length} bytes of the {MinKeyBytes} that HS256 needs" : null)
            ?? (PlaceholderValues.Entropy(key.Bytes) < MinKeyEntropy ? "nearly the same character over and over" : null)
            ?? (key.IsInCode ? "in the app's own assembly, for whoever has a copy" : null);
        if (verdict is not null)
            Report(reporter, $"signing key {key.Scheme}", $"The key that signs the tokens of the scheme {key.Scheme} ({origin}) is {verdict}: anybody can make tokens with it.", origin);
    }

    private static string? PasswordIn(string connectionString) =>
        connectionString.Length < 2_000 && Password().Match(connectionString) is { Success: true } match
            ? Uri.UnescapeDataString(match.Groups["value"].Value.Trim().Trim('"', '\''))
            : null;

    private static void Report(IPitfallReporter reporter, string subject, string message, string origin) => reporter.Report(Rule, new Occurrence
    {
        Message = message,
        Subject = subject,
        Evidence = Evidence.Of(("key", subject), ("origin", origin)),
    });

    // Server=db;User Id=shop;Password=… and postgres://shop:…@db/shop
    [GeneratedRegex(@"(?:^|;)\s*(?:password|pwd)\s*=\s*(?<value>[^;]+)|^[a-z][a-z0-9+.-]*://[^:/@\s]*:(?<value>[^@/\s]+)@", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex Password();
}
