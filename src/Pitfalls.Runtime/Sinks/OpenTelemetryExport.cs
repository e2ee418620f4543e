using System.Diagnostics.CodeAnalysis;

using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.Diagnostics;

namespace Pitfalls.Runtime.Sinks;

/// <summary>
/// Adds our meter to the app's OpenTelemetry metrics without a reference to it: when its packages lie beside the app, its own
/// registration hook (<c>ConfigureOpenTelemetryMeterProvider</c>) is called by reflection. Without metrics in the app that does nothing.
/// </summary>
internal static class OpenTelemetryExport
{
    private const string Extensions =
        "OpenTelemetry.Metrics.OpenTelemetryDependencyInjectionMetricsServiceCollectionExtensions, OpenTelemetry.Api.ProviderBuilderExtensions";

    private const string Builder = "OpenTelemetry.Metrics.MeterProviderBuilder, OpenTelemetry.Api";

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "light-up: without the package there is nothing to call")]
    public static void LightUp(IServiceCollection services)
    {
        try
        {
            if (!MayBeThere() || Type.GetType(Builder, throwOnError: false) is not { } builder || Type.GetType(Extensions, throwOnError: false) is not { } extensions)
                return;
            var configure = typeof(Action<>).MakeGenericType(builder);
            // By the method: looked up by its name, a delegate's target has to match exactly.
            var addMeter = ((Action<object>)AddMeter).Method.CreateDelegate(configure);
            extensions.GetMethod("ConfigureOpenTelemetryMeterProvider", [typeof(IServiceCollection), configure])?.Invoke(null, [services, addMeter]);
        }
        catch (Exception exception)
        {
            // Another version of OpenTelemetry: its users can still call AddMeter("Pitfalls.Runtime").
            PitfallEventSource.Log.SinkFaulted("OpenTelemetry", exception.GetType().FullName!);
        }
    }

    /// <summary>A look at the host's own list of assemblies: a search for types that are not there takes milliseconds of the app's start.</summary>
    private static bool MayBeThere() =>
        // A single-file app has no list.
        AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") is not string { Length: > 0 } all || all.Contains("OpenTelemetry.Api.dll", StringComparison.OrdinalIgnoreCase);

    // Delegates take a method with a wider parameter: this one serves as Action<MeterProviderBuilder>.
    private static void AddMeter(object builder)
    {
        try
        {
            builder.GetType().GetMethod("AddMeter", [typeof(string[])])?.Invoke(builder, [new[] { PitfallMeter.Name }]);
        }
        catch (Exception exception)
        {
            PitfallEventSource.Log.SinkFaulted("OpenTelemetry", exception.GetType().FullName!);
        }
    }
}
