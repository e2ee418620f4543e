using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Logging;

namespace Pitfalls.Runtime.IntegrationTests.Samples;

/// <summary>A sample's own program as it stands, on Kestrel at a free loopback port.</summary>
/// <typeparam name="TProgram">Any type of the sample's assembly.</typeparam>
internal sealed class SampleApp<TProgram> : WebApplicationFactory<TProgram>
    where TProgram : class
{
    private readonly string _environment;
    private readonly (string Key, string Value)[] _settings;

    public SampleApp(string environment, params (string Key, string Value)[] settings)
    {
        (_environment, _settings) = (environment, settings);
        // Not UseKestrel(port): that changes the addresses while the program is starting (https://github.com/dotnet/aspnetcore/pull/67714).
        UseKestrel();
        StartServer();
    }

    public Uri Address => ClientOptions.BaseAddress;

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment(_environment);
        builder.UseUrls("http://127.0.0.1:0");
        builder.ConfigureLogging(logging => logging.ClearProviders());
        // Its own code is what this program is about; the other samples and the tests live in the same process.
        builder.UseSetting("Pitfalls:UserAssemblies:0", typeof(TProgram).Assembly.GetName().Name);
        foreach (var (key, value) in _settings)
            builder.UseSetting(key, value);
    }
}
