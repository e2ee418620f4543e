using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;

using Pitfalls.Runtime;

namespace PitfallShop.Driver;

/// <summary>Reads what the library has found, as any tool may: <c>GET /_pitfalls/api/findings</c>, and 304 as long as nothing is new.</summary>
internal sealed class FindingFeed(Uri shop)
{
    private static readonly TimeSpan s_between = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http = new() { BaseAddress = shop };
    private readonly HashSet<string> _known = [];
    private IReadOnlyList<Finding> _latest = [];
    private EntityTagHeaderValue? _tag;

    /// <summary>Told once of every finding.</summary>
    public event Action<Finding>? Found;

    /// <summary>Reads until it is enough or the time is over. Either way the latest findings.</summary>
    public async Task<IReadOnlyList<Finding>> WaitForAsync(Func<IReadOnlyList<Finding>, bool> enough, TimeSpan within, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(within);
        while (!enough(await ReadAsync(cancel)) && !patience.IsCancellationRequested)
            await Task.Delay(s_between, cancel);
        return _latest;
    }

    private async Task<IReadOnlyList<Finding>> ReadAsync(CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/_pitfalls/api/findings");
        if (_tag is not null)
            request.Headers.IfNoneMatch.Add(_tag);
        using var response = await _http.SendAsync(request, cancel);
        if (response.StatusCode == HttpStatusCode.NotModified)
            return _latest;

        _latest = await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<IReadOnlyList<Finding>>(cancel) ?? [];
        _tag = response.Headers.ETag;
        foreach (var finding in _latest.OrderBy(f => f.FirstSeen).Where(f => _known.Add(f.Fingerprint)))
            Found?.Invoke(finding);
        return _latest;
    }
}
