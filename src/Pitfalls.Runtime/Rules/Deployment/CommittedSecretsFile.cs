using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Startup.Repository;

namespace Pitfalls.Runtime.Rules.Deployment;

/// <summary>A file that holds secrets is in the repository, where every copy keeps it for ever, or under the web root, where it is served.</summary>
internal sealed class CommittedSecretsFile : ISecretFileRule
{
    private static readonly string[] s_stores = [".pfx", ".p12", ".jks", ".keystore"];
    private static readonly string[] s_harmlessEndings = [".example", ".sample", ".template", ".dist", ".tmpl", ".tpl", ".defaults", ".schema", ".vault", ".pub"];

    // What build tools put into the browser's bundle is public by design.
    private static readonly string[] s_publicPrefixes = ["VITE_", "REACT_APP_", "NEXT_PUBLIC_", "VUE_APP_", "NUXT_PUBLIC_", "GATSBY_", "PUBLIC_", "EXPO_PUBLIC_", "NG_APP_", "STORYBOOK_"];

    private static readonly string[] s_publicNames =
    [
        "PORT", "HOST", "HOSTNAME", "HTTPS", "BROWSER", "NODE_ENV", "CI", "TZ", "LANG", "DEBUG", "LOG_LEVEL", "GENERATE_SOURCEMAP", "INLINE_RUNTIME_CHUNK", "FAST_REFRESH", "BASE_URL", "PUBLIC_URL",
        "ASPNETCORE_ENVIRONMENT", "ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "ASPNETCORE_HTTPS_PORTS", "DOTNET_ENVIRONMENT", "COMPOSE_PROJECT_NAME", "COMPOSE_FILE", "SKIP_PREFLIGHT_CHECK",
    ];

    public static PitfallRule Rule { get; } = new(7004, nameof(CommittedSecretsFile), "Committed secrets file", PitfallSeverity.Warning, PitfallSeverity.Error,
        "Take it out (git rm --cached), put its name into .gitignore, and make the secrets anew: whoever has a copy of the repository has the old ones.");

    public void Observe(CandidateFile file, IPitfallReporter reporter)
    {
        if ((!file.IsTracked && !file.IsUnderWebRoot) || file.Length == 0 || Kind(file) is not { } kind)
            return;
        var where = (file.IsTracked, file.IsUnderWebRoot) switch
        {
            (true, true) => "is tracked by git and lies under the web root, from where it is served",
            (true, false) => "is tracked by git",
            _ => "lies under the web root, from where it is served",
        };
        reporter.Report(Rule, new Occurrence
        {
            Message = $"{file.Path}, {kind}, {where}.",
            Subject = file.Path,
            Fix = file.IsTracked ? null : "Move it out of the web root, to where the app reads it and no browser can ask for it, and make the secrets anew.",
            Evidence = Evidence.Of(("path", file.Path), ("kind", kind), ("tracked", file.IsTracked), ("webRoot", file.IsUnderWebRoot), ("bytes", file.Length)),
        });
    }

    /// <summary>What it is, in words; <see langword="null"/>: no secret.</summary>
    private static string? Kind(CandidateFile file)
    {
        var name = file.Name.ToLowerInvariant();
        if (name.Split('.').Any(part => s_harmlessEndings.Contains("." + part)))
            return null;
        if (name == "secrets.json")
            return "a file of user secrets";
        if (Array.Exists(s_stores, name.EndsWith))
            return "a store of certificates with their private keys";
        if (name == ".env" || name.StartsWith(".env.", StringComparison.Ordinal) || name.EndsWith(".env", StringComparison.Ordinal))
            return IsPublic(file.Assigned) ? null : "a file of environment variables";
        // Certificates and public keys have the same names.
        return file.HoldsPrivateKey ? "a private key" : null;
    }

    private static bool IsPublic(IReadOnlyList<string>? assigned) =>
        assigned?.All(n => s_publicNames.Contains(n) || Array.Exists(s_publicPrefixes, p => n.StartsWith(p, StringComparison.Ordinal))) == true;
}
