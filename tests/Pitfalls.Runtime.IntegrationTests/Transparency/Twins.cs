using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.IntegrationTests.Transparency;

/// <summary>An app to be compared with itself.</summary>
public interface ITwinApp
{
    void AddTo(WebApplicationBuilder builder);

    void Configure(WebApplication app);
}

/// <summary>
/// One app four times on Kestrel: bare in both environments, and with the library in the profiles Development and Production and
/// switched off. What a client gets from each must be the same.
/// </summary>
public sealed class Twins<TApp> : IAsyncLifetime
    where TApp : ITwinApp, new()
{
    private static readonly TApp s_app = new();

    private readonly Dictionary<PitfallProfile, (TestApp Bare, TestApp Watched)> _twins = [];
    private readonly List<TestApp> _apps = [];

    public async ValueTask InitializeAsync()
    {
        var development = await StartAsync("Development", null);
        var production = await StartAsync("Production", null);
        _twins[PitfallProfile.Development] = (development, await StartAsync("Development", PitfallProfile.Development));
        _twins[PitfallProfile.Production] = (production, await StartAsync("Production", PitfallProfile.Production));
        _twins[PitfallProfile.Off] = (development, await StartAsync("Development", PitfallProfile.Off));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps)
            await app.DisposeAsync();
    }

    internal (TestApp Bare, TestApp Watched) Of(PitfallProfile profile) => _twins[profile];

    /// <summary>The same bytes for the same request, also after the Production profile has had its sample and looks away.</summary>
    /// <param name="profile">Which twins.</param>
    /// <param name="request">The request, as it goes over the wire.</param>
    /// <param name="check">Looks at the answer of the bare app.</param>
    /// <param name="joined">Compares the chunks joined: where the app itself cuts them by how fast the socket drains, no two runs are the same.</param>
    public async Task AssertSameAsync(PitfallProfile profile, string request, Action<string>? check = null, bool joined = false)
    {
        var (bare, watched) = _twins[profile];
        var expected = await AnswerAsync(bare);
        check?.Invoke(expected);
        var times = profile == PitfallProfile.Production ? EndpointFacts.FirstResponses + 2 : 2;
        for (var i = 1; i <= times; i++)
        {
            var actual = await AnswerAsync(watched);
            if (actual != expected)
                Assert.Fail($"request {i} of {times} differs.\n{Difference(expected, actual)}");
        }

        AssertWatched(profile);

        async Task<string> AnswerAsync(TestApp app)
        {
            var answer = await RawConnection.ExchangeAsync(app.Address, request);
            return RawConnection.Normalized(joined ? RawConnection.Joined(answer) : answer);
        }
    }

    /// <summary>The same bytes for each of several requests in order: for answers that depend on those before.</summary>
    public async Task AssertSameInOrderAsync(PitfallProfile profile, IEnumerable<string> requests)
    {
        var (bare, watched) = _twins[profile];
        foreach (var request in requests)
        {
            var expected = RawConnection.Normalized(await RawConnection.ExchangeAsync(bare.Address, request));
            var actual = RawConnection.Normalized(await RawConnection.ExchangeAsync(watched.Address, request));
            if (actual != expected)
                Assert.Fail($"{request}differs.\n{Difference(expected, actual)}");
        }

        AssertWatched(profile);
    }

    /// <summary>Sameness is worth nothing when nobody looked, or when the looking failed and was given up.</summary>
    public void AssertWatched(PitfallProfile profile)
    {
        var services = _twins[profile].Watched.Services;
        Assert.Empty(services.GetRequiredService<DetectorGuard>().All);
        Assert.Equal(profile != PitfallProfile.Off, services.GetRequiredService<ResponseSignal>().Requests > 0);
    }

    private static string Difference(string expected, string actual)
    {
        var at = 0;
        while (at < Math.Min(expected.Length, actual.Length) && expected[at] == actual[at])
            at++;
        return $"--- without the library, {expected.Length} bytes\n{Around(expected)}\n--- with it, {actual.Length} bytes\n{Around(actual)}";

        string Around(string text) => text[Math.Max(0, at - 200)..Math.Min(text.Length, at + 400)];
    }

    private async Task<TestApp> StartAsync(string environment, PitfallProfile? profile)
    {
        var app = await TestApp.StartAsync(
            s_app.Configure,
            environment: environment,
            settings: [new("Pitfalls:Profile", profile?.ToString())],
            withPitfalls: profile is not null,
            builder: s_app.AddTo);
        _apps.Add(app);
        return app;
    }
}

/// <summary>The profiles of a comparison, and requests written short.</summary>
public static class Compared
{
    public static readonly PitfallProfile[] Profiles = [PitfallProfile.Development, PitfallProfile.Production, PitfallProfile.Off];

    public static string Get(string path, params string[] headers) => Request("GET", path, headers);

    public static string Request(string method, string path, params string[] headers) =>
        $"{method} {path} HTTP/1.1\r\nHost: twin.example\r\nConnection: close\r\n{string.Concat(headers.Select(h => h + "\r\n"))}\r\n";

    /// <summary>Every request in every profile.</summary>
    public static TheoryData<PitfallProfile, string> InEveryProfile(IEnumerable<string> requests)
    {
        var data = new TheoryData<PitfallProfile, string>();
        foreach (var profile in Profiles)
        {
            foreach (var request in requests)
                data.Add(profile, request);
        }

        return data;
    }
}
