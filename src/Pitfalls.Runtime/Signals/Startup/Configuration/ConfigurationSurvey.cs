using System.Reflection;
using System.Text;

using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OAuth;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Startup.Configuration;

/// <summary>Looks at the configuration in force, with the provider of each key, and at the secrets that sign-in schemes were given.</summary>
internal sealed class ConfigurationSurvey(
    RuleSet rules, IPitfallReporter reporter, LiveOptions options, DetectorGuard guard, PitfallMeter meter, HostFacts host, UserCode userCode, IServiceProvider services) : ISurvey
{
    private const int MaxEntries = 20_000;

    private readonly StartupReporter _reporter = new(reporter, options);

    public string Name => "configuration";

    public bool FollowsChanges => false;

    public string? Summary { get; private set; }

    public void Run()
    {
        var runner = new RuleRunner<IConfigurationRule>(rules, _reporter, guard, meter);
        if (runner.IsEmpty || services.GetService<IConfiguration>() is not { } configuration)
            return;
        List<ConfigurationEntry> entries = [.. Entries(configuration).Take(MaxEntries)];
        var schemes = Schemes().ToList();
        var read = new EffectiveConfiguration
        {
            IsDevelopment = host.IsDevelopment,
            Entries = entries,
            SigningKeys = [.. schemes.SelectMany(s => SigningKeysOf(s.Name, s.Options, entries))],
            Secrets = [.. schemes.Select(s => SecretOf(s.Name, s.Options, entries)).OfType<SchemeSecret>()],
        };
        Summary = $"{entries.Count:N0} configuration keys";
        runner.Run((rule, to) => rule.Observe(read, to));
        _reporter.Flush();
    }

    private static IEnumerable<ConfigurationEntry> Entries(IConfiguration configuration)
    {
        var providers = (configuration as IConfigurationRoot)?.Providers.Reverse().ToList() ?? [];
        foreach (var (key, value) in configuration.AsEnumerable())
        {
            if (!string.IsNullOrEmpty(value))
                yield return new ConfigurationEntry(key, value, Origins.Of(key, providers));
        }
    }

    /// <summary>The options of every registered scheme, as its handler will get them: built once, and kept by the framework.</summary>
    private IEnumerable<(string Name, object Options)> Schemes()
    {
        foreach (var scheme in services.GetService<IOptions<AuthenticationOptions>>()?.Value.Schemes ?? [])
        {
            var handler = scheme.HandlerType;
            while (handler is not null && !(handler.IsGenericType && handler.GetGenericTypeDefinition() == typeof(AuthenticationHandler<>)))
                handler = handler.BaseType;
            if (handler?.GetGenericArguments()[0] is not { } type || type.Assembly.GetName().Name?.StartsWith("Microsoft.AspNetCore.Authentication", StringComparison.Ordinal) != true)
                continue;
            var monitor = typeof(IOptionsMonitor<>).MakeGenericType(type);
            object? built = null;
            try
            {
                built = services.GetService(monitor) is { } instance ? monitor.GetMethod("Get")!.Invoke(instance, [scheme.Name]) : null;
            }
            catch (TargetInvocationException)
            {
                // Options that cannot be built fail the scheme's first request in the same way; that is the app's to see.
            }

            if (built is not null)
                yield return (scheme.Name, built);
        }
    }

    // JwtBearerOptions and IdentityModel are packages: known by name, and their own properties only.
    private IEnumerable<SigningKey> SigningKeysOf(string scheme, object built, List<ConfigurationEntry> entries)
    {
        var parameters = Get(built, "TokenValidationParameters");
        var keys = new[] { Get(parameters, "IssuerSigningKey") }.Concat(Get(parameters, "IssuerSigningKeys") as System.Collections.IEnumerable is { } more ? more.Cast<object?>() : []);
        foreach (var key in keys.OfType<object>().Where(k => k.GetType().FullName == "Microsoft.IdentityModel.Tokens.SymmetricSecurityKey"))
        {
            if (Get(key, "Key") is byte[] { Length: > 0 } bytes)
            {
                var entry = entries.Find(e => SecretBytes.Holds(e.Value, bytes));
                yield return new SigningKey(scheme, bytes, entry, entry is null && SecretBytes.LieIn(bytes, userCode.Assemblies));
            }
        }
    }

    private static SchemeSecret? SecretOf(string scheme, object built, List<ConfigurationEntry> entries) =>
        (built is OAuthOptions oauth ? oauth.ClientSecret : Get(built, "ClientSecret") as string) is { Length: > 0 } secret
            ? new SchemeSecret(scheme, secret, entries.Find(e => e.Value == secret))
            : null;

    private static object? Get(object? instance, string property) => instance?.GetType().GetProperty(property)?.GetValue(instance);
}

/// <summary>Looks for a secret's bytes.</summary>
internal static class SecretBytes
{
    public static bool Holds(string text, byte[] bytes)
    {
        if (text.Length < bytes.Length / 2)
            return false;
        if (Encoding.UTF8.GetByteCount(text) == bytes.Length && Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(bytes))
            return true;
        if (text.Length == bytes.Length * 2 && Convert.ToHexString(bytes).Equals(text, StringComparison.OrdinalIgnoreCase))
            return true;
        var base64 = Convert.ToBase64String(bytes);
        return base64.TrimEnd('=') == text.TrimEnd('=').Replace('-', '+').Replace('_', '/')
            || (Encoding.Unicode.GetByteCount(text) == bytes.Length && Encoding.Unicode.GetBytes(text).AsSpan().SequenceEqual(bytes));
    }

    /// <summary>Whether a secret lies in the files of the user's assemblies: as text, as Base64 or hex, or as bytes.</summary>
    public static bool LieIn(byte[] secret, IReadOnlyCollection<string> assemblies)
    {
        byte[][] forms =
        [
            secret,
            Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(secret)),
            Encoding.Unicode.GetBytes(Convert.ToBase64String(secret)),
            Encoding.Unicode.GetBytes(Convert.ToHexString(secret)),
            Encoding.Unicode.GetBytes(Convert.ToHexStringLower(secret)),
        ];
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies().Where(a => !a.IsDynamic && assemblies.Contains(a.GetName().Name ?? "")))
        {
            var path = Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".dll");
            if (File.Exists(path) && File.ReadAllBytes(path) is var file && Array.Exists(forms, form => file.AsSpan().IndexOf(form) >= 0))
                return true;
        }

        return false;
    }
}
