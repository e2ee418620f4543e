using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.FileProviders;

namespace Pitfalls.Runtime.Signals.Startup.Configuration;

/// <summary>Says where a key's value comes from.</summary>
internal static class Origins
{
    private static readonly ConfigurationOrigin s_unknown = new("configuration");

    private static readonly string[] s_vaults = ["Vault", "SecretsManager", "SystemsManager", "SecretManager", "KeyPerFile", "Doppler", "Infisical", "AppConfiguration"];

    /// <param name="key">The key.</param>
    /// <param name="providers">The last one first: the first that has the key wins.</param>
    public static ConfigurationOrigin Of(string key, IEnumerable<IConfigurationProvider> providers) =>
        providers.FirstOrDefault(p => p.TryGet(key, out _)) is { } provider ? Name(provider, key) : s_unknown;

    private static ConfigurationOrigin Name(IConfigurationProvider provider, string key) => provider switch
    {
        ChainedConfigurationProvider chained when chained.Configuration is IConfigurationRoot inner => Of(key, inner.Providers.Reverse()),
        EnvironmentVariablesConfigurationProvider => new("the environment"),
        CommandLineConfigurationProvider => new("the command line"),
        MemoryConfigurationProvider => new("code"),
        FileConfigurationProvider { Source: { Path: { } path } source } => source.FileProvider is PhysicalFileProvider { Root: var root } && root.Contains("usersecrets", StringComparison.OrdinalIgnoreCase)
            ? new("user secrets", IsUserSecrets: true)
            : new(Path.GetFileName(path)),
        _ => new(provider.GetType().Name, IsVault: Array.Exists(s_vaults, v => provider.GetType().Name.Contains(v, StringComparison.OrdinalIgnoreCase))),
    };
}
