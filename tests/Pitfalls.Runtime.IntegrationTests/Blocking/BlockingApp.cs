using System.Text.Json;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Signals.Blocking;
using Pitfalls.Runtime.Sinks;

using Microsoft.Extensions.DependencyInjection;

namespace Pitfalls.Runtime.IntegrationTests.Blocking;

/// <summary>What blocks outside of requests belongs to no host that could be told: such tests run while there is no other.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class AloneInTheProcess
{
    public const string Name = "alone in the process";
}

internal static class BlockingApp
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    extension(TestApp app)
    {
        /// <summary>Completes when the watch has proved that it sees waits.</summary>
        public async Task WatchesAsync()
        {
            var channels = app.Services.GetRequiredService<Channels>();
            using var patience = new CancellationTokenSource(s_patience);
            while (channels.All.FirstOrDefault(c => c.Name == WaitSession.Waits) is not { Works: true })
            {
                Assert.False(patience.IsCancellationRequested, "waits are not watched: " + JsonSerializer.Serialize(channels.All));
                await Task.Delay(20, CancellationToken.None);
            }
        }

        /// <summary>Asks until the finding for a method is there: samples are taken when the budget allows, so once may not be enough.</summary>
        public async Task<Finding> BlockUntilFoundAsync(string path, string method)
        {
            var store = app.Services.GetRequiredService<FindingStore>();
            var seen = new TaskCompletionSource<Finding>(TaskCreationOptions.RunContinuationsAsynchronously);
            store.Written += Look;
            try
            {
                using var patience = new CancellationTokenSource(s_patience);
                while (!patience.IsCancellationRequested)
                {
                    foreach (var finding in store.All())
                        Look(finding);
                    if (seen.Task.IsCompleted)
                        return await seen.Task;
                    await app.Client.GetStringAsync(path, CancellationToken.None);
                    await app.CatchUpAsync();
                }

                throw new Xunit.Sdk.XunitException($"{path} was not found. Found: {string.Join(" | ", store.All().Take(3).Select(f => $"{f.RuleId} {f.Location}: {f.Message}"))}");
            }
            finally
            {
                store.Written -= Look;
            }

            void Look(Finding finding)
            {
                if (finding.RuleId == "PIT1001" && finding.Location?.Function.EndsWith('.' + method, StringComparison.Ordinal) == true)
                    seen.TrySetResult(finding);
            }
        }

        /// <summary>How many waits were long enough to be judged.</summary>
        public long WaitsSeen() => app.Services.GetRequiredService<BlockingSignal>().Waits;

        /// <summary>Completes when every wait that has ended is judged: before silence is believed.</summary>
        public async Task CatchUpAsync()
        {
            await BlockingWatch.CatchUpAsync().WaitAsync(s_patience);
            await app.DrainAsync();
        }
    }
}
