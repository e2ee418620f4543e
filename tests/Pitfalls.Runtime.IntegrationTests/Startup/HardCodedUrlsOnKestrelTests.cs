using System.Net;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Signals.Startup.Hosting;

namespace Pitfalls.Runtime.IntegrationTests.Startup;

/// <summary>Addresses with fixed ports are read off hosts that are built and never bound; sockets in files are bound for real.</summary>
public class HardCodedUrlsOnKestrelTests
{
    [Fact]
    public async Task Flags_a_socket_fixed_in_code_on_a_running_server()
    {
        var socket = Path.Combine(Path.GetTempPath(), $"pitfalls-{Guid.NewGuid():N}.sock");

        var finding = Assert.Single(await Posture.FindAsync(
            "PIT7002", _ => { }, environment: "Production", builder: b => b.WebHost.ConfigureKestrel(o =>
            {
                o.Listen(IPAddress.Loopback, 0);
                o.ListenUnixSocket(socket);
            })));

        Assert.Contains(socket, finding.Message, StringComparison.Ordinal);
        Assert.Contains("(Listen)", finding.Message, StringComparison.Ordinal);
        Assert.Equal(PitfallSeverity.Warning, finding.Severity);
    }

    [Fact]
    public async Task StaysSilent_on_port_zero_on_a_running_server() => Assert.Empty(await Posture.FindAsync("PIT7002", _ => { }));

    [Fact]
    public void Flags_UseUrls() => Assert.Equal([new FixedAddress("http://*:5080", "UseUrls"), new FixedAddress("https://*:5443", "UseUrls")], FixedIn(b => b.WebHost.UseUrls("http://*:5080;https://*:5443")));

    [Fact]
    public void Flags_addresses_handed_to_app_Urls() => Assert.Equal([new FixedAddress("http://localhost:5081", "app.Urls or app.Run")], FixedIn(_ => { }, app => app.Urls.Add("http://localhost:5081")));

    [Theory]
    [InlineData("any", "http://[::]:5082")]
    [InlineData("one", "http://127.0.0.2:5082")]
    public void Flags_Listen(string which, string address) => Assert.Equal(
        [new FixedAddress(address, "Listen")],
        FixedIn(b => b.WebHost.ConfigureKestrel(o =>
        {
            if (which == "any")
                o.ListenAnyIP(5082);
            else
                o.Listen(IPAddress.Parse("127.0.0.2"), 5082);
        })));

    [Fact]
    public void StaysSilent_on_addresses_from_configuration()
    {
        Assert.Empty(FixedIn(_ => { }, settings: [new("urls", "http://*:5083")]));
        Assert.Empty(FixedIn(_ => { }, settings: [new("HTTP_PORTS", "5083")]));
        Assert.Empty(FixedIn(_ => { }, settings: [new("Kestrel:Endpoints:Web:Url", "http://*:5083")]));
        Assert.Empty(FixedIn(_ => { }));
    }

    [Fact]
    public void StaysSilent_on_code_that_passes_on_what_configuration_says()
    {
        Assert.Empty(FixedIn(b => b.WebHost.UseUrls(b.Configuration["Shop:Listen"]!), settings: [new("Shop:Listen", "http://*:5084")]));
        Assert.Empty(FixedIn(b => b.WebHost.UseUrls("http://*:" + b.Configuration["PORT"]), settings: [new("PORT", "5084")]));
        Assert.Empty(FixedIn(b => b.WebHost.ConfigureKestrel(o => o.ListenAnyIP(int.Parse(b.Configuration["PORT"]!))), settings: [new("PORT", "5084")]));
        Assert.Empty(FixedIn(_ => { }, app => app.Urls.Add(app.Configuration["Shop:Listen"]!), settings: [new("Shop:Listen", "http://*:5084")]));
    }

    [Fact]
    public void StaysSilent_on_port_zero_and_test_servers()
    {
        Assert.Empty(FixedIn(b => b.WebHost.UseUrls("http://127.0.0.1:0")));
        Assert.Empty(FixedIn(b => b.WebHost.ConfigureKestrel(o => o.Listen(IPAddress.Loopback, 0))));
        Assert.Empty(FixedIn(b => b.WebHost.UseUrls("http://*:5085").UseTestServer()));
    }

    private static IReadOnlyList<FixedAddress> FixedIn(Action<WebApplicationBuilder> builder, Action<WebApplication>? app = null, IEnumerable<KeyValuePair<string, string?>>? settings = null)
    {
        var web = WebApplication.CreateBuilder();
        web.Configuration.AddInMemoryCollection(settings ?? []);
        web.Services.AddPitfallDetection();
        builder(web);
        using var built = web.Build();
        app?.Invoke(built);
        var addresses = built.Services.GetRequiredService<AddressBook>();
        addresses.BeforeStart();
        return addresses.Read().FixedInCode;
    }
}
