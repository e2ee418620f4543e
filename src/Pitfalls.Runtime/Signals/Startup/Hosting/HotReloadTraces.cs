using System.Reflection.Metadata;

namespace Pitfalls.Runtime.Signals.Startup.Hosting;

/// <summary>What <c>dotnet watch</c>, hot reload, browser refresh and Razor's run-time compilation leave behind in a process.</summary>
internal sealed class HotReloadTraces(ServiceRegistrations registrations)
{
    private const string RazorCompiler = "Microsoft.AspNetCore.Mvc.Razor.RuntimeCompilation";

    private static readonly string[] s_agents =
        ["Microsoft.Extensions.DotNetDeltaApplier", "Microsoft.AspNetCore.Watch.BrowserRefresh", "Microsoft.WebTools.BrowserLink", "Microsoft.VisualStudio.Web.BrowserLink"];

    public IReadOnlyList<string> Read(IReadOnlySet<string> middleware)
    {
        var traces = new List<string>();
        if (Environment.GetEnvironmentVariable("DOTNET_WATCH") is "1" or "true")
            traces.Add("dotnet watch");
        if (string.Equals(Environment.GetEnvironmentVariable("DOTNET_MODIFIABLE_ASSEMBLIES"), "debug", StringComparison.OrdinalIgnoreCase) && MetadataUpdater.IsSupported)
            traces.Add("hot reload");

        string?[] loads = [Environment.GetEnvironmentVariable("DOTNET_STARTUP_HOOKS"), Environment.GetEnvironmentVariable("ASPNETCORE_HOSTINGSTARTUPASSEMBLIES")];
        var loaded = AppDomain.CurrentDomain.GetAssemblies().Select(a => a.GetName().Name ?? "").ToList();
        foreach (var agent in s_agents)
        {
            if (Array.Exists(loads, l => l?.Contains(agent, StringComparison.OrdinalIgnoreCase) == true)
                || loaded.Exists(name => name.StartsWith(agent, StringComparison.Ordinal))
                || middleware.Any(name => name.StartsWith(agent, StringComparison.Ordinal)))
                traces.Add(agent.Contains("Browser", StringComparison.Ordinal) ? "browser refresh" : "hot reload");
        }

        if (registrations.All.Any(d => d.ServiceType.Assembly.GetName().Name == RazorCompiler || (!d.IsKeyedService && d.ImplementationType?.Assembly.GetName().Name == RazorCompiler)))
            traces.Add("Razor run-time compilation");
        return [.. traces.Distinct()];
    }
}
