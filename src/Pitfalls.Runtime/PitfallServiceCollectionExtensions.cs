using System.Reflection;

using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

using Pitfalls.Runtime;
using Pitfalls.Runtime.Dashboard;
using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Rules;
using Pitfalls.Runtime.Signals;
using Pitfalls.Runtime.Signals.Blocking;
using Pitfalls.Runtime.Signals.Code;
using Pitfalls.Runtime.Signals.Console;
using Pitfalls.Runtime.Signals.Dependencies;
using Pitfalls.Runtime.Signals.Exceptions;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Signals.Startup;
using Pitfalls.Runtime.Signals.Startup.Configuration;
using Pitfalls.Runtime.Signals.Startup.Cors;
using Pitfalls.Runtime.Signals.Startup.Endpoints;
using Pitfalls.Runtime.Signals.Startup.Hosting;
using Pitfalls.Runtime.Signals.State;
using Pitfalls.Runtime.Sinks;
using Pitfalls.Runtime.Symbols;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Turns the detection of pitfalls on.</summary>
public static class PitfallServiceCollectionExtensions
{
    /// <summary>Tells this app's developers about pitfalls while it runs. No other call is needed; calling it twice is calling it once.</summary>
    /// <param name="services">The app's services.</param>
    /// <returns>For packages that add to it.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    public static IPitfallBuilder AddPitfallDetection(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.Any(s => s.ServiceType == typeof(HostFacts)))
            return new Builder(services);

        WarmUp.Begin(AddStations);
        AddStations(services);
        return new Builder(services);
    }

    /// <summary>The same, with options set in code. They win over the configuration section <c>Pitfalls</c>.</summary>
    /// <param name="services">The app's services.</param>
    /// <param name="configure">Sets options. When it throws, the app starts all the same and <c>api/status</c> says so.</param>
    /// <returns>For packages that add to it.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static IPitfallBuilder AddPitfallDetection(this IServiceCollection services, Action<PitfallOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var builder = services.AddPitfallDetection();
        services.AddSingleton<IConfigureOptions<PitfallOptions>>(new PitfallOptionsFromCode(configure));
        return builder;
    }

    internal static void AddStations(IServiceCollection services)
    {
        AddOptions(services);
        AddReporting(services);
        AddSinks(services);
        AddSymbols(services);
        AddResponses(services);
        AddBlocking(services);
        AddExceptions(services);
        AddDependencies(services);
        AddState(services);
        AddStartup(services);
        AddDashboard(services);
        services.AddSingleton(p => HostFacts.From(p.GetService<IHostEnvironment>()));
        services.AddSingleton<StatusNotes>();
        services.AddSingleton<Channels>();
        services.AddSingleton<AfterFirstRequest>();
        services.AddHostedService<PitfallHost>();
    }

    private static void AddOptions(IServiceCollection services)
    {
        services.AddSingleton(PitfallCatalog.Rules);
        services.AddSingleton<IConfigureOptions<PitfallOptions>>(p => new PitfallOptionsFromConfiguration(p.GetService<IConfiguration>()));
        services.AddSingleton<IValidateOptions<PitfallOptions>>(p => new PitfallOptionsValidator(p.GetRequiredService<IReadOnlyList<PitfallRule>>()));
        services.AddOptions<PitfallOptions>().ValidateOnStart();
        services.AddSingleton(p => new LiveOptions(
            p.GetRequiredService<IOptionsFactory<PitfallOptions>>(),
            p.GetRequiredService<IReadOnlyList<PitfallRule>>(),
            Loggers(p),
            p.GetService<IConfiguration>(),
            p.GetService<IHostEnvironment>()));
    }

    /// <summary>Reporting: policy → window → bounded queue → pump.</summary>
    private static void AddReporting(IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton<PitfallMeter>();
        services.AddSingleton<Drops>();
        services.AddSingleton(p => new DetectorGuard(Loggers(p)));
        services.AddSingleton(p => new FindingPump(SinksOf(p), Loggers(p), p.GetRequiredService<Drops>()));
        services.AddSingleton(p => new ReportWindow(
            p.GetRequiredService<LiveOptions>().Current.MaxFindings,
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<FindingPump>().TrySend,
            reason => p.GetRequiredService<Drops>().Add("findings", reason)));
        services.AddSingleton<PitfallReporter>();
        services.AddSingleton<IPitfallReporter>(p => p.GetRequiredService<PitfallReporter>());
        services.AddSingleton(_ => new RuleSet(RuleCatalog.Entries.Select(e => (e.Rule, e.Create()))));
    }

    private static void AddSinks(IServiceCollection services)
    {
        services.AddSingleton<FindingStore>();
        services.AddSingleton<IPitfallSink>(p => p.GetRequiredService<FindingStore>());
        services.AddSingleton<IPitfallSink, MetricsSink>();
        services.AddSingleton<IPitfallSink>(p => new LoggerSink(Loggers(p)));
        OpenTelemetryExport.LightUp(services);
    }

    /// <summary>A sink of the app's that cannot even be made takes all others of the list with it: then ours have to do.</summary>
    private static IEnumerable<IPitfallSink> SinksOf(IServiceProvider provider)
    {
        try
        {
            return [.. provider.GetServices<IPitfallSink>()];
        }
        catch (Exception exception)
        {
            var type = exception.GetType().FullName!;
            PitfallEventSource.Log.SinkFaulted(nameof(IPitfallSink), type);
            provider.GetRequiredService<StatusNotes>().Add($"A sink of the app could not be made ({type}): findings go to log, metrics and this page only.");
            return [provider.GetRequiredService<FindingStore>(), new MetricsSink(provider.GetRequiredService<PitfallMeter>()), new LoggerSink(Loggers(provider))];
        }
    }

    private static void AddSymbols(IServiceCollection services)
    {
        services.AddSingleton(p => new UserCode(
            p.GetRequiredService<LiveOptions>().Current.UserAssemblies, Assembly.GetEntryAssembly(), p.GetRequiredService<HostFacts>().ApplicationName));
        services.AddSingleton<SourceLines>();
        services.AddSingleton<SourceLocator>();
        services.AddSingleton<UserFrames>();
        services.AddSingleton(_ => new FrameSignatures());
    }

    private static void AddResponses(IServiceCollection services)
    {
        services.AddSingleton<EndpointBook>();
        services.AddSingleton<RequestScopes>();
        services.AddSingleton<ResponseJudge>();
        services.AddSingleton<ISignal>(p => p.GetRequiredService<ResponseJudge>());
        services.AddSingleton<SentResultSignal>();
        services.AddSingleton<ISignal>(p => p.GetRequiredService<SentResultSignal>());
        services.AddSingleton<IConfigureOptions<LoggerFilterOptions>, ResultLog.Levels>();
        services.AddSingleton<BodyWatch>();
        services.AddSingleton<ISignal>(p => p.GetRequiredService<BodyWatch>());
        services.AddSingleton<ResponseSignal>();
        services.AddSingleton<IStartupFilter, RequestStartupFilter>();
    }

    /// <summary>Threads that stand still: told by the runtime, from outside the pool.</summary>
    private static void AddBlocking(IServiceCollection services)
    {
        services.AddSingleton<HandlerRoutes>();
        services.AddSingleton<WaitRoutes>();
        services.AddSingleton<StackJudge>();
        services.AddSingleton<BlockingSignal>();
        services.AddSingleton<ISignal>(p => p.GetRequiredService<BlockingSignal>());
    }

    /// <summary>What was thrown in requests and hosted services, and what became of it; and what was written to the console there.</summary>
    private static void AddExceptions(IServiceCollection services)
    {
        services.AddSingleton<ILoggerProvider>(_ => LoggedExceptions.For(services));
        services.AddSingleton<HostedWork>();
        services.AddSingleton<LateSignal>();
        services.AddSingleton<ISignal>(p => p.GetRequiredService<LateSignal>());
        services.AddSingleton<ExceptionSignal>();
        services.AddSingleton<ISignal>(p => p.GetRequiredService<ExceptionSignal>());
        services.AddSingleton<ConsoleSignal>();
        services.AddSingleton<ISignal>(p => p.GetRequiredService<ConsoleSignal>());
    }

    /// <summary>Calls to databases, HTTP services and caches: told by those who make them.</summary>
    private static void AddDependencies(IServiceCollection services)
    {
        services.AddSingleton<DependencySignal>();
        services.AddSingleton<ISignal>(p => p.GetRequiredService<DependencySignal>());
    }

    /// <summary>Statics and singletons, looked at from a thread of its own once the host has started.</summary>
    private static void AddState(IServiceCollection services)
    {
        services.AddSingleton<CodeScan>();
        services.AddSingleton<CodeBook>();
        services.AddSingleton<SeriesBook>();
        services.AddSingleton<CollectionWatch>();
        services.AddSingleton<HeldWatch>();
        services.AddSingleton<CollectionFaults>();
        services.AddSingleton<FaultWatch>();
        services.AddSingleton<RegistrationWatch>();
        services.AddSingleton(StateScan.Create);
        services.AddSingleton(p => new StateSampler(
            p.GetRequiredService<StateScan>,
            p.GetRequiredService<RuleSet>(),
            p.GetRequiredService<IPitfallReporter>(),
            p.GetRequiredService<LiveOptions>(),
            p.GetRequiredService<DetectorGuard>(),
            p.GetRequiredService<TimeProvider>(),
            p.GetRequiredService<CollectionFaults>(),
            p.GetRequiredService<AfterFirstRequest>()));
        services.AddSingleton<ISignal>(p => p.GetRequiredService<StateSampler>());
    }

    /// <summary>What the app has declared: looked at once it has started, off the start-up path.</summary>
    private static void AddStartup(IServiceCollection services)
    {
        services.AddSingleton(new ServiceRegistrations(services));
        services.AddSingleton<StartupSignal>();
        services.AddSingleton<ISignal>(p => p.GetRequiredService<StartupSignal>());
        services.AddSingleton<Pipeline>();
        services.AddSingleton<AddressBook>();
        services.AddSingleton<RevealingOptions>();
        services.AddSingleton<DatabaseContextWatch>();
        services.AddSingleton<HotReloadTraces>();
        services.AddSingleton<ISurvey, EndpointSurvey>();
        services.AddSingleton<ISurvey, HostSurvey>();
        services.AddSingleton<ISurvey, CorsSurvey>();
        services.AddSingleton<ISurvey, ConfigurationSurvey>();
    }

    private static void AddDashboard(IServiceCollection services)
    {
        services.AddSingleton<DashboardAssets>();
        services.AddSingleton<StatusReport>();
        services.AddSingleton<SeriesReport>();
        services.AddSingleton<DashboardPages>();
        services.AddSingleton<ISideDoor, DevelopmentDashboard>();
    }

    /// <summary>A container without logging is rare, and no reason to fail.</summary>
    private static ILoggerFactory Loggers(IServiceProvider provider) => provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance;

    private sealed class Builder(IServiceCollection services) : IPitfallBuilder
    {
        public IServiceCollection Services { get; } = services;
    }
}
