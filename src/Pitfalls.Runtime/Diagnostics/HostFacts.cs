using Microsoft.Extensions.Hosting;

namespace Pitfalls.Runtime.Diagnostics;

/// <summary>What the host says of itself, as plain values.</summary>
internal sealed record HostFacts(string ApplicationName, string EnvironmentName)
{
    public bool IsDevelopment => string.Equals(EnvironmentName, Environments.Development, StringComparison.OrdinalIgnoreCase);

    public static HostFacts From(IHostEnvironment? environment) =>
        new(environment?.ApplicationName ?? "", environment?.EnvironmentName ?? Environments.Production);
}
