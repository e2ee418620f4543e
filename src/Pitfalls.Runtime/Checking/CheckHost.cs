using System.Diagnostics;

using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.Diagnostics;

namespace Pitfalls.Runtime.Checking;

/// <summary>
/// Makes the app's host one that can be looked at and serves nobody: its server does not listen, its hosted services do not run. The same is done
/// to apps when their OpenAPI document is made at build time.
/// </summary>
internal static class CheckHost
{
    private const string WebHostService = "Microsoft.AspNetCore.Hosting.GenericWebHostService";

    /// <summary>Prepares a host in the making; what the app adds later is taken care of when the host is built.</summary>
    public static void Prepare(IServiceCollection services, CheckArguments arguments)
    {
        services.AddSingleton(arguments);
        services.AddSingleton<CheckRun>();
        // The report says it all, once.
        services.Configure<LoggerFilterOptions>(o =>
        {
            o.Rules.Add(new LoggerFilterRule(null, "Pitfalls", LogLevel.None, null));
            o.Rules.Add(new LoggerFilterRule(null, "Microsoft.Hosting.Lifetime", LogLevel.None, null));
        });
        Quiet(services);
        _ = DiagnosticListener.AllListeners.Subscribe(new WhenBuilding(services));
    }

    /// <summary>Takes out of the app what would act. Repeatable.</summary>
    public static void Quiet(IServiceCollection services)
    {
        for (var i = services.Count - 1; i >= 0; i--)
        {
            // The web host's own service stays: it builds the pipeline, and with it the endpoints.
            if (services[i].ServiceType == typeof(IHostedService) && services[i].ImplementationType is var type && type != typeof(PitfallHost) && type?.FullName != WebHostService)
                services.RemoveAt(i);
        }

        services.Replace(ServiceDescriptor.Singleton<IHostLifetime, CheckLifetime>());
        if (services.LastOrDefault(d => d.ServiceType == typeof(IServer) && !d.IsKeyedService) is not { } server || server.ImplementationFactory?.Method.DeclaringType?.DeclaringType == typeof(CheckHost))
            return;
        services.RemoveAll<IServer>();
        services.AddSingleton<IServer>(p => new CheckServer(Make(server, p)));
    }

    /// <summary>The app's own server: what it was told to listen on is of interest, though it does not.</summary>
    private static IServer Make(ServiceDescriptor server, IServiceProvider services) =>
        (IServer)(server.ImplementationInstance ?? server.ImplementationFactory?.Invoke(services) ?? ActivatorUtilities.CreateInstance(services, server.ImplementationType!));

    /// <summary>Hosts say when they are about to be built; tools that start apps for other ends listen to the same.</summary>
    private sealed class WhenBuilding(IServiceCollection services) : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Microsoft.Extensions.Hosting")
                _ = value.Subscribe(this);
        }

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value is { Key: "HostBuilding", Value: IHostBuilder builder })
            {
                builder.ConfigureServices((_, building) =>
                {
                    if (ReferenceEquals(building, services))
                        Quiet(building);
                });
            }
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }

    private sealed class CheckLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>The app's server, as it was set up and without ever listening.</summary>
internal sealed class CheckServer(IServer server) : IServer
{
    public IServer Inner => server;

    public IFeatureCollection Features => server.Features;

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => server.Dispose();
}
