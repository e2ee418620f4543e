using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Sinks;

namespace Pitfalls.Runtime.IntegrationTests.Support;

/// <summary>A real app on a real Kestrel at a free loopback port, with the library switched on by its one line.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    private static readonly string s_emptyRoot = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "no-settings-here")).FullName;

    private readonly WebApplication _app;

    private TestApp(WebApplication app)
    {
        _app = app;
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Client = new HttpClient { BaseAddress = Address };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    /// <param name="app">Adds middleware and endpoints.</param>
    /// <param name="services">Adds services; <c>AddPitfallDetection</c> has been called unless <paramref name="withPitfalls"/> is false.</param>
    /// <param name="environment">The host's environment.</param>
    /// <param name="settings">Configuration entries.</param>
    /// <param name="withPitfalls">Whether the library is in the app.</param>
    /// <param name="builder">Anything else on the builder.</param>
    /// <param name="posture">Whether the rules about what the app declares run: the apps of other tests are no models in that.</param>
    public static async Task<TestApp> StartAsync(
        Action<WebApplication>? app = null,
        Action<IServiceCollection>? services = null,
        string environment = "Development",
        IEnumerable<KeyValuePair<string, string?>>? settings = null,
        bool withPitfalls = true,
        Action<WebApplicationBuilder>? builder = null,
        bool posture = false)
    {
        var web = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            EnvironmentName = environment,
            ApplicationName = typeof(TestApp).Assembly.GetName().Name,
            // The samples' appsettings.json lie beside this assembly; they are not these apps' settings.
            ContentRootPath = s_emptyRoot,
        });
        // The samples are projects of this program as well, and their statics are full of what is to be found there.
        web.Configuration.AddInMemoryCollection(
        [
            new("Pitfalls:UserAssemblies:0", typeof(TestApp).Assembly.GetName().Name),
            new("Pitfalls:UserAssemblies:1", "Pitfalls.Runtime.ReleaseApp"),
        ]);
        web.Configuration.AddInMemoryCollection(settings ?? []);
        web.Configuration.AddInMemoryCollection(posture ? [] : Posture.Off);
        web.Logging.ClearProviders();
        web.WebHost.UseUrls("http://127.0.0.1:0");
        if (withPitfalls)
            web.Services.AddPitfallDetection();
        services?.Invoke(web.Services);
        builder?.Invoke(web);
        var built = web.Build();
        app?.Invoke(built);
        await built.StartAsync();
        return new TestApp(built);
    }

    /// <summary>All findings, once everything seen so far has been judged. The response must have ended: its client has read it to the end.</summary>
    public async Task<IReadOnlyList<Finding>> FindingsAsync()
    {
        await DrainAsync();
        return Services.GetRequiredService<FindingStore>().All();
    }

    public async Task DrainAsync()
    {
        // The client has the last byte before the server has run its completion callbacks: wait until no request is in flight.
        await Services.GetRequiredService<Pitfalls.Runtime.Signals.Requests.ResponseSignal>().WhenIdleAsync();
        await Services.GetServices<IHostedService>().OfType<PitfallHost>().Single().DrainAsync();
    }

    /// <summary>The finding of a rule, waited for; fails with what was found instead.</summary>
    public async Task<Finding> ExpectAsync(string ruleId, string? route = null, TimeSpan? within = null, Func<Finding, bool>? where = null)
    {
        var store = Services.GetRequiredService<FindingStore>();
        var seen = new TaskCompletionSource<Finding>(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Written += Look;
        try
        {
            foreach (var finding in store.All())
                Look(finding);
            return await seen.Task.WaitAsync(within ?? TimeSpan.FromSeconds(20));
        }
        catch (TimeoutException)
        {
            throw new Xunit.Sdk.XunitException($"{ruleId} did not come{(route is null ? "" : " for " + route)}. Found: {string.Join(" | ", store.All().Select(f => $"{f.RuleId} {string.Join(',', f.Routes)}: {f.Message}"))}");
        }
        finally
        {
            store.Written -= Look;
        }

        void Look(Finding finding)
        {
            if (finding.RuleId == ruleId && (route is null || finding.Routes.Contains(route)) && (where is null || where(finding)))
                seen.TrySetResult(finding);
        }
    }

    /// <summary>Nothing was found, and something was seen: a silence nobody listened to proves nothing.</summary>
    public async Task AssertSilentAsync(params string[] ruleIds)
    {
        var findings = (await FindingsAsync()).Where(f => ruleIds.Length == 0 || ruleIds.Contains(f.RuleId)).ToList();
        Assert.True(findings.Count == 0, string.Join('\n', findings.Select(f => $"{f.RuleId} {f.Location}: {f.Message}")));
        Assert.True(Services.GetRequiredService<Pitfalls.Runtime.Signals.Requests.ResponseSignal>().Requests > 0, "no request was seen");
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
