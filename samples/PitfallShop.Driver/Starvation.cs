using System.Diagnostics;

using Pitfalls.Runtime;

using PitfallShop.Threading;

namespace PitfallShop.Driver;

/// <summary>A hundred readers of one blocking report for twenty seconds, and then the same of the one that does not block.</summary>
internal static class Starvation
{
    private const int Readers = 100;
    private const string Rule = "PIT1002";

    private static readonly TimeSpan s_length = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_cureLength = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    // For so long after its start a slow pool is taken for one that warms up (PIT1002, setting StartUp).
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(11);

    /// <summary>0 when the report, and nothing else, was found to starve the pool.</summary>
    public static async Task<int> RunAsync(ShopProcess shop, FindingFeed feed, CancellationToken cancel)
    {
        Printout.Say($"Waiting {s_warmUp.TotalSeconds:0} s: a pool may be slow while an app starts …");
        await Task.Delay(s_warmUp, cancel);

        Printout.Say($"{Readers} readers ask for {SalesReport.PathV1} for {s_length.TotalSeconds:0} s …");
        var clock = Stopwatch.StartNew();
        // From the shop's log, which is written on threads of its own: a page would have to wait for the pool like everybody.
        var told = shop.WhenLoggedAsync(Rule);
        _ = told.ContinueWith(_ => Printout.Say($"  … {Rule} in the shop's log after {clock.Elapsed.TotalSeconds:0.0} s"), cancel, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        var served = await ReadAsync(shop.Address, SalesReport.PathV1, s_length, cancel);
        Printout.Say($"  {served} answers\n");

        var found = await feed.WaitForAsync(all => all.Any(IsTheReport), s_patience, cancel);
        var before = found.Count;
        Printout.Say($"The same of {SalesReport.PathV2} for {s_cureLength.TotalSeconds:0} s …");
        Printout.Say($"  {await ReadAsync(shop.Address, SalesReport.PathV2, s_cureLength, cancel)} answers\n");
        found = await feed.WaitForAsync(_ => false, TimeSpan.FromSeconds(1), cancel);

        var isGood = found.Any(IsTheReport) && found.Count == before && found.All(f => f.RuleId is "PIT1001" or Rule && f.Location?.File == SalesReport.File);
        Printout.Say(isGood
            ? $"{Rule} names the report that starves the pool, and nothing is found in its cure."
            : $"Not as expected: {string.Join(" | ", found.Select(f => $"{f.RuleId} {f.Location}: {f.Message}"))}");
        return isGood && told.IsCompleted ? 0 : 1;
    }

    private static bool IsTheReport(Finding finding) =>
        finding.RuleId == Rule && finding.Location?.File == SalesReport.File && finding.Routes.Contains("GET " + SalesReport.PathV1);

    private static async Task<int> ReadAsync(Uri shop, string path, TimeSpan length, CancellationToken cancel)
    {
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Readers }) { BaseAddress = shop, Timeout = Timeout.InfiniteTimeSpan };
        var (clock, answers) = (Stopwatch.StartNew(), 0);
        await Task.WhenAll(Enumerable.Range(0, Readers).Select(async _ =>
        {
            while (clock.Elapsed < length)
            {
                await http.GetStringAsync(path, cancel);
                Interlocked.Increment(ref answers);
            }
        }));
        return answers;
    }
}
