using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Signals.State;

namespace Pitfalls.Runtime.IntegrationTests.State;

/// <summary>Drives requests and samples in turns: no test waits for the clock.</summary>
internal static class Sampled
{
    /// <summary>Takes a sample and lets the rules see it.</summary>
    public static Task SampleAsync(this TestApp app) => app.Services.GetRequiredService<StateSampler>().SampleAsync();

    /// <summary>Rounds of requests with a sample after each: enough of them for a leak to be told.</summary>
    public static async Task ServeAsync(this TestApp app, int rounds, int requests, params string[] paths)
    {
        await app.SampleAsync();
        var request = 0;
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < requests; i++, request++)
            {
                foreach (var path in paths)
                    await app.Client.GetStringAsync(path.Replace("{i}", request.ToString(), StringComparison.Ordinal));
            }

            await app.SampleAsync();
        }
    }

    /// <summary>The findings of a rule about one field.</summary>
    public static async Task<Finding?> FindAsync(this TestApp app, string ruleId, string field) =>
        (await app.FindingsAsync()).SingleOrDefault(f => f.RuleId == ruleId && (string?)f.Evidence.GetValueOrDefault("field") == field);
}
