using Microsoft.Extensions.Hosting;

namespace Pitfalls.Runtime.Diagnostics;

/// <summary>What the host says of itself, as plain values.</summary>
internal sealed record HostFacts(string ApplicationName, string EnvironmentName)
{
    public bool IsDevelopment => string.Equals(EnvironmentName, Environments.Development, StringComparison.OrdinalIgnoreCase);

    /// <summary>The process was started with <c>--check-pitfalls</c>: it serves nobody and ends when everything has been looked at.</summary>
    public bool IsCheck { get; init; }

    public static HostFacts From(IHostEnvironment? environment, bool isCheck = false) =>
        new(environment?.ApplicationName ?? "", environment?.EnvironmentName ?? Environments.Production) { IsCheck = isCheck };
}
