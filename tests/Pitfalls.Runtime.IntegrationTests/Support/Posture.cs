using System.Reflection;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc.ApplicationParts;
using Microsoft.AspNetCore.Mvc.Controllers;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.Rules;

namespace Pitfalls.Runtime.IntegrationTests.Support;

/// <summary>For tests of the rules that judge what an app declares.</summary>
internal static class Posture
{
    private static readonly string[] s_rules =
        ["PIT3004", "PIT3005", "PIT3006", "PIT4004", "PIT4005", "PIT4006", "PIT7002", "PIT7004", "PIT7005", "PIT7006", "PIT7007", "PIT7008"];

    /// <summary>Settings that switch those rules off.</summary>
    public static IReadOnlyList<KeyValuePair<string, string?>> Off { get; } =
        [.. RuleCatalog.Entries.Where(e => s_rules.Contains(e.Rule.Id)).Select(e => new KeyValuePair<string, string?>($"Pitfalls:Rules:{e.Rule.Id}:Enabled", "false"))];

    /// <summary>What one rule finds in an app that has just started.</summary>
    public static async Task<IReadOnlyList<Finding>> FindAsync(
        string ruleId, Action<WebApplication> app, Action<IServiceCollection>? services = null, string environment = "Development",
        IEnumerable<KeyValuePair<string, string?>>? settings = null, Action<WebApplicationBuilder>? builder = null)
    {
        await using var started = await TestApp.StartAsync(app, services, environment, settings, builder: builder, posture: true);
        return [.. (await started.FindingsAsync()).Where(f => f.RuleId == ruleId)];
    }

    /// <summary>Controllers of this assembly, but these only.</summary>
    public static IMvcBuilder AddOnlyControllers(this IServiceCollection services, params Type[] controllers) => services.AddControllers().Only(controllers);

    public static IMvcBuilder Only(this IMvcBuilder mvc, params Type[] controllers) => mvc.ConfigureApplicationPartManager(parts =>
    {
        foreach (var provider in parts.FeatureProviders.OfType<ControllerFeatureProvider>().ToList())
            parts.FeatureProviders.Remove(provider);
        parts.FeatureProviders.Add(new OnlyThese(controllers));
    });

    private sealed class OnlyThese(Type[] controllers) : IApplicationFeatureProvider<ControllerFeature>
    {
        public void PopulateFeature(IEnumerable<ApplicationPart> parts, ControllerFeature feature)
        {
            foreach (var controller in controllers)
                feature.Controllers.Add(controller.GetTypeInfo());
        }
    }
}
