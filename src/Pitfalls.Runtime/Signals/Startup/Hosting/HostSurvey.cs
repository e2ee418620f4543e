using System.Diagnostics;
using System.Reflection;

using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Startup.Hosting;

/// <summary>Looks at what the app runs as: environment, build, pipeline, addresses, and the options that show its inside.</summary>
internal sealed class HostSurvey(
    RuleSet rules, IPitfallReporter reporter, LiveOptions options, DetectorGuard guard, PitfallMeter meter, HostFacts host,
    Pipeline pipeline, AddressBook addresses, RevealingOptions revealing, DatabaseContextWatch contexts, HotReloadTraces hotReload, IServiceProvider services) : ISurvey
{
    private const int DisableOptimizations = (int)DebuggableAttribute.DebuggingModes.DisableOptimizations;

    private readonly StartupReporter _reporter = new(reporter, options);

    public string Name => "host";

    // A context that shows itself with the first query asks for another look in the same way.
    public bool FollowsChanges => true;

    public string? Summary { get; private set; }

    public void Run()
    {
        var runner = new RuleRunner<IHostRule>(rules, _reporter, guard, meter);
        if (runner.IsEmpty)
            return;
        var posture = Read();
        Summary = $"the environment {posture.EnvironmentName}, {posture.Middleware.Count:N0} kinds of middleware";
        runner.Run((rule, to) => rule.Observe(posture, to));
        _reporter.Flush();
    }

    private HostPosture Read()
    {
        var middleware = pipeline.Read().Select(m => m.GetType().FullName ?? "").Where(n => !n.Contains('<', StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        return new HostPosture
        {
            EnvironmentName = host.EnvironmentName,
            RunsInContainer = RunsInContainer(),
            IsTestServer = services.GetService<IServer>()?.GetType().FullName == "Microsoft.AspNetCore.TestHost.TestServer",
            Listening = addresses.Read(),
            DebugBuild = DebugBuild(),
            Middleware = middleware,
            DetailedErrors = [.. revealing.DetailedErrors(), .. contexts.WithDetailedErrors.Select(c => $"EnableDetailedErrors of {c}")],
            LogsSensitiveData = contexts.WithSensitiveData,
            ShowsPersonalData = RevealingOptions.ShowsPersonalData(),
            DefaultLogLevel = revealing.DefaultLogLevel(),
            HotReload = hotReload.Read(middleware),
        };
    }

    private string? DebugBuild()
    {
        var app = Array.Find(AppDomain.CurrentDomain.GetAssemblies(), a => a.GetName().Name == host.ApplicationName) ?? Assembly.GetEntryAssembly();
        // As data: the attribute need not be made to see what it says.
        var modes = app?.GetCustomAttributesData()
            .Where(a => a.AttributeType == typeof(DebuggableAttribute))
            .SelectMany(a => a.ConstructorArguments)
            .Select(a => a.Value is int mode ? mode : 0)
            .FirstOrDefault() ?? 0;
        return (modes & DisableOptimizations) != 0 ? app!.GetName().Name : null;
    }

    private static bool RunsInContainer() =>
        Environment.GetEnvironmentVariable("DOTNET_RUNNING_IN_CONTAINER") is "true" or "1"
        || Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is { Length: > 0 }
        || File.Exists("/.dockerenv") || File.Exists("/run/.containerenv");
}
