using System.Globalization;
using System.Net;
using System.Reflection;

using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

using Pitfalls.Runtime.Checking;

namespace Pitfalls.Runtime.Signals.Startup.Hosting;

/// <summary>Where the app listens, and who decided that.</summary>
internal sealed class AddressBook(IServiceProvider services)
{
    private const string UrlsKey = "urls";

    // Addresses that stand in the server before it starts were put there by code: app.Urls, app.Run("…").
    private string[] _handed = [];

    private IEnumerable<string> Addresses => services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];

    /// <summary>Called before the server binds, while its list still holds what code has put there.</summary>
    public void BeforeStart() => _handed = [.. Addresses];

    public ListeningAddresses Read()
    {
        string[] bound = [.. Addresses];
        return new ListeningAddresses(bound, FixedInCode(), [.. bound.Where(IsBeyondLoopback)]);
    }

    private List<FixedAddress> FixedInCode()
    {
        // A test's server, IIS and others get their addresses from elsewhere.
        var server = services.GetService<IServer>();
        if ((server is CheckServer check ? check.Inner : server)?.GetType().Name != "KestrelServerImpl")
            return [];
        List<FixedAddress> candidates = [.. _handed.Select(a => new FixedAddress(a, "app.Urls or app.Run")), .. FromListen()];
        // Kestrel listens on those alone then, whatever UseUrls says.
        if (candidates.Count == 0)
            candidates.AddRange(FromUseUrls());
        if (candidates.Count == 0)
            return [];
        var known = ConfiguredTexts();
        return [.. candidates.Where(c => !IsFree(c.Address) && !IsConfigured(c.Address, known)).DistinctBy(c => c.Address)];
    }

    private IEnumerable<FixedAddress> FromListen() =>
        services.GetService<IOptions<KestrelServerOptions>>()?.Value is { } kestrel && CodeBackedListenOptions(kestrel) is IEnumerable<ListenOptions> listening
            ? listening.Select(l => new FixedAddress(
                l.EndPoint is IPEndPoint ip ? $"http://{(ip.Address.Equals(IPAddress.IPv6Any) ? "[::]" : ip.Address.ToString())}:{ip.Port}" : l.SocketPath ?? l.PipeName ?? "",
                "Listen"))
            : [];

    /// <summary>
    /// <c>UseUrls</c> writes into every provider of the configuration: a value that all of them hold, files and environment alike, was
    /// put there by code.
    /// </summary>
    private IEnumerable<FixedAddress> FromUseUrls()
    {
        if (services.GetService<IConfiguration>() is not IConfigurationRoot root || root[UrlsKey] is not { Length: > 0 } urls)
            return [];
        var providers = root.Providers.ToList();
        return providers.Count > 1 && providers.TrueForAll(p => p.TryGet(UrlsKey, out var value) && value == urls)
            ? urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(u => new FixedAddress(u, "UseUrls"))
            : [];
    }

    /// <summary>Everything configuration holds but the key that <c>UseUrls</c> writes itself.</summary>
    private HashSet<string> ConfiguredTexts() =>
        services.GetService<IConfiguration>()?.AsEnumerable()
            .Where(e => e.Value is { Length: > 0 and < 500 } && !e.Key.Equals(UrlsKey, StringComparison.OrdinalIgnoreCase))
            .SelectMany(e => e.Value!.Split([';', ',', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .ToHashSet(StringComparer.OrdinalIgnoreCase) ?? [];

    /// <summary>The address, or its port alone, stands somewhere in configuration: <c>Listen</c> with a platform's <c>PORT</c> is no fixed address.</summary>
    private static bool IsConfigured(string address, HashSet<string> known) =>
        known.Contains(address) || known.Contains(address.TrimEnd('/')) || known.Contains(address + "/")
        || (Parse(address) is { Port: > 0 } binding && known.Any(k => k == binding.Port.ToString(CultureInfo.InvariantCulture) || Parse(k)?.Port == binding.Port));

    private static bool IsFree(string address) => address.Length == 0 || Parse(address) is { Port: 0, IsUnixPipe: false, IsNamedPipe: false };

    private static bool IsBeyondLoopback(string address) =>
        Parse(address) is { IsUnixPipe: false, IsNamedPipe: false } binding
        && !binding.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        && !(IPAddress.TryParse(binding.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    private static BindingAddress? Parse(string address)
    {
        if (!address.Contains("://", StringComparison.Ordinal))
            return null;
        try
        {
            return BindingAddress.Parse(address);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    // What Listen… has added, apart from what the section Kestrel:Endpoints asked for. Internal; without it these addresses are not judged.
    private static object? CodeBackedListenOptions(KestrelServerOptions kestrel) =>
        typeof(KestrelServerOptions).GetProperty("CodeBackedListenOptions", BindingFlags.Instance | BindingFlags.NonPublic)?.GetValue(kestrel);
}
