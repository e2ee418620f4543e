using Pitfalls.Runtime.Signals.Blocking;

namespace Pitfalls.Runtime.IntegrationTests.Blocking;

/// <summary>Where the runtime's diagnostics cannot be had, the app runs as ever and the status says what is not seen, and why.</summary>
public class DegradationTests
{
    [Fact]
    public async Task A_process_with_diagnostics_finds_what_blocks_and_says_that_every_channel_works()
    {
        await using var app = await ChildApp.StartAsync();

        var channels = await app.ChannelsAsync(c => c.Count >= 6 && c.Values.All(v => v.Works));
        var finding = await app.AskUntilFoundAsync("/minimal/TaskWait", "PIT1001");

        string[] ours = [WaitSession.Lines, BlockingWatch.QueueDelay, WaitSession.Threads, WaitSession.Stacks, BlockingWatch.Samples, WaitSession.Waits];
        Assert.Equal(ours, channels.Keys.Intersect(ours).Order(StringComparer.Ordinal));
        Assert.Equal("Pitfalls.Runtime.ReleaseApp.Blocking.TaskWait", finding.Location!.Function);
        Assert.Equal("Blocking.cs", finding.Location.File);
    }

    [Theory]
    [InlineData("DOTNET_EnableDiagnostics")]
    [InlineData("DOTNET_EnableDiagnostics_IPC")]
    public async Task Diagnostics_that_are_switched_off_are_named_and_harm_nothing(string variable)
    {
        await using var app = await ChildApp.StartAsync((variable, "0"));

        await AssertBlindAsync(app, "DOTNET_EnableDiagnostics is 0");
    }

    [Theory]
    [InlineData("/nowhere/at/all")]
    [InlineData("/proc")] // where nobody may write, not even root
    public async Task A_temp_directory_that_is_absent_or_read_only_is_named_and_harms_nothing(string directory)
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("only there is the port a socket in the temp directory");
        await using var app = await ChildApp.StartAsync(("TMPDIR", directory));

        await AssertBlindAsync(app, "no diagnostics socket in " + directory);
    }

    /// <summary>Blind for waits and samples, and silent; what needs no diagnostics still works.</summary>
    private static async Task AssertBlindAsync(ChildApp app, string reason)
    {
        var channels = await app.ChannelsAsync(c => c.TryGetValue(WaitSession.Waits, out var waits) && waits.Reason?.Contains(reason, StringComparison.Ordinal) == true
            && c[BlockingWatch.Samples].Reason?.Contains(reason, StringComparison.Ordinal) == true && c[BlockingWatch.QueueDelay].Works);
        Assert.False(channels[WaitSession.Waits].Works);
        Assert.False(channels[BlockingWatch.Samples].Works);
        Assert.True(channels[WaitSession.Stacks].Works);

        await app.Client.GetStringAsync("/minimal/TaskWait");
        await app.Client.GetStringAsync("/minimal/ThreadSleep");
        await app.Client.GetStringAsync("/awaited");
        Assert.DoesNotContain(await app.FindingsAsync(), f => f.RuleId is "PIT1001" or "PIT1002");
    }
}
