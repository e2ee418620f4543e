using Microsoft.Extensions.DependencyInjection;

namespace Pitfalls.Runtime.Signals.Startup;

/// <summary>What the app has registered, as descriptors: nothing is made or resolved to look at it.</summary>
internal sealed class ServiceRegistrations(IServiceCollection services)
{
    public IReadOnlyList<ServiceDescriptor> All => [.. services];

    /// <summary>
    /// The type behind the registration that wins, <see langword="null"/> when it is not registered or a factory makes it.
    /// </summary>
    public Type? ImplementationOf(Type service)
    {
        var last = services.LastOrDefault(d => d.ServiceType == service && !d.IsKeyedService);
        return last?.ImplementationType ?? last?.ImplementationInstance?.GetType();
    }

    public bool Has(Type service) => services.Any(d => d.ServiceType == service);
}
