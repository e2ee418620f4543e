using System.Reflection;

using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Pitfalls.Runtime.Signals.Startup.Hosting;

/// <summary>Options of known features that show the app's inside: detailed errors, personal data, chatty logging.</summary>
internal sealed class RevealingOptions(ServiceRegistrations registrations, IServiceProvider services)
{
    private static readonly string[] s_switches = ["DetailedErrors", "EnableDetailedErrors"];

    /// <summary>Which switches for detailed errors are on. Only options somebody has configured are asked, and only the framework's own and gRPC's.</summary>
    public IEnumerable<string> DetailedErrors()
    {
        if (services.GetService<IConfiguration>()?[WebHostDefaults.DetailedErrorsKey]?.ToUpperInvariant() is "TRUE" or "1")
            yield return $"the key \"{WebHostDefaults.DetailedErrorsKey}\"";
        foreach (var options in ConfiguredOptions())
        {
            if (Array.Find(s_switches, name => IsOn(options, name)) is { } on)
                yield return $"{NameOf(options)}.{on}";
        }
    }

    /// <summary>The lowest level logged where no category says otherwise.</summary>
    public LogLevel DefaultLogLevel()
    {
        // Another factory (Serilog's) filters by itself: a category nobody has named tells what it does by default.
        if (services.GetService<ILoggerFactory>() is { } factory && factory.GetType().Assembly != typeof(LoggerFactory).Assembly)
            return IsLibrarys(factory.GetType()) && factory.CreateLogger("PitfallsProbe").IsEnabled(LogLevel.Debug) ? LogLevel.Debug : LogLevel.Information;
        if (services.GetService<IOptionsMonitor<LoggerFilterOptions>>()?.CurrentValue is not { } filter)
            return LogLevel.Information;
        var rule = filter.Rules.LastOrDefault(r => r.ProviderName is null && string.IsNullOrEmpty(r.CategoryName) && r.LogLevel is not null);
        return rule?.LogLevel ?? filter.MinLevel;
    }

    /// <summary>A static switch of a library: asked only when the library is there.</summary>
    public static bool ShowsPersonalData() =>
        Array.Find(AppDomain.CurrentDomain.GetAssemblies(), a => a.GetName().Name == "Microsoft.IdentityModel.Logging")
            ?.GetType("Microsoft.IdentityModel.Logging.IdentityModelEventSource")
            ?.GetProperty("ShowPII", BindingFlags.Public | BindingFlags.Static)
            ?.GetValue(null) is true;

    private IEnumerable<Type> ConfiguredOptions() =>
        registrations.All
            .Select(d => d.ServiceType)
            .Where(t => t.IsConstructedGenericType && (t.GetGenericTypeDefinition() == typeof(IConfigureOptions<>) || t.GetGenericTypeDefinition() == typeof(IPostConfigureOptions<>)))
            .Select(t => t.GenericTypeArguments[0])
            .Where(t => t.Assembly.GetName().Name is { } name
                && (name.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal) || name.StartsWith("Grpc.AspNetCore.", StringComparison.Ordinal))
                && Array.Exists(s_switches, s => t.GetProperty(s) is not null))
            .Distinct();

    /// <summary>Built by the app's own configuration of them, and kept by the framework: the same object its feature uses.</summary>
    private bool IsOn(Type options, string name)
    {
        if (options.GetProperty(name) is not { } property || services.GetService(typeof(IOptions<>).MakeGenericType(options)) is not { } built)
            return false;
        return property.GetValue(typeof(IOptions<>).MakeGenericType(options).GetProperty("Value")!.GetValue(built)) is true;
    }

    private static bool IsLibrarys(Type type) =>
        type.Assembly.GetName().Name is { } name && (name.StartsWith("Serilog", StringComparison.Ordinal) || name.StartsWith("NLog", StringComparison.Ordinal));

    private static string NameOf(Type type) =>
        type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GenericTypeArguments.Select(a => a.Name))}>" : type.Name;
}
