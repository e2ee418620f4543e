namespace Pitfalls.Runtime.Signals.Startup.Configuration;

/// <summary>The configuration in force. It holds values: it lives as long as one look at it.</summary>
internal sealed record EffectiveConfiguration
{
    public required bool IsDevelopment { get; init; }

    public required IReadOnlyList<ConfigurationEntry> Entries { get; init; }

    /// <summary>Keys that tokens are signed with.</summary>
    public IReadOnlyList<SigningKey> SigningKeys { get; init; } = [];

    /// <summary>Secrets in options of sign-in schemes.</summary>
    public IReadOnlyList<SchemeSecret> Secrets { get; init; } = [];
}

/// <summary>One key with the value that wins.</summary>
/// <param name="Key">The key's path.</param>
/// <param name="Value">The value; never printed.</param>
/// <param name="Origin">The provider it comes from, for people: <c>appsettings.json</c>, <c>the environment</c>.</param>
internal sealed record ConfigurationEntry(string Key, string Value, ConfigurationOrigin Origin);

/// <summary>Where a value comes from.</summary>
internal sealed record ConfigurationOrigin(string Words, bool IsVault = false, bool IsUserSecrets = false);

/// <summary>A symmetric key of a JWT bearer scheme.</summary>
/// <param name="Scheme">The scheme's name.</param>
/// <param name="Bytes">The key; never printed.</param>
/// <param name="ConfiguredAt">The configuration entry that holds it as UTF-8, Base64 or hex; <see langword="null"/>: none does.</param>
/// <param name="IsInCode">Whether it lies in the app's own assemblies.</param>
internal sealed record SigningKey(string Scheme, byte[] Bytes, ConfigurationEntry? ConfiguredAt, bool IsInCode);

/// <summary>A client secret of a scheme.</summary>
internal sealed record SchemeSecret(string Scheme, string Value, ConfigurationEntry? ConfiguredAt);
