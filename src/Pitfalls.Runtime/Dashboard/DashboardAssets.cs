using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;

namespace Pitfalls.Runtime.Dashboard;

/// <summary>The page's files, embedded in the library: no CDN, no build step.</summary>
internal sealed class DashboardAssets
{
    private const string Prefix = "dashboard/";

    // Only for those who open the page: the tags alone bring the whole cryptography library into the process.
    private readonly Lazy<FrozenDictionary<string, DashboardAsset>> _assets = new(LoadAll);

    public DashboardAsset? Find(string name) => _assets.Value.GetValueOrDefault(name);

    private static FrozenDictionary<string, DashboardAsset> LoadAll()
    {
        var assembly = typeof(DashboardAssets).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name[Prefix.Length..], name => Load(assembly, name));
    }

    private static DashboardAsset Load(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var type = Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".svg" => "image/svg+xml",
            _ => "application/octet-stream",
        };
        return new DashboardAsset(bytes, type, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}\"");
    }
}

/// <summary>One file of the page.</summary>
internal sealed record DashboardAsset(ReadOnlyMemory<byte> Bytes, string ContentType, string ETag);
