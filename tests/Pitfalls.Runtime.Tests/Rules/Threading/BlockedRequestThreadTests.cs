using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Rules.Threading;
using Pitfalls.Runtime.Signals.Blocking;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.Threading;

public class BlockedRequestThreadTests
{
    private readonly RecordingReporter _reporter = new();

    [Fact]
    public void Flags_a_request_that_held_its_thread()
    {
        Observe(Wait(312) with { Route = "GET /orders/{id}", TraceId = "4bf92f3577b34da6a3ce929d0e0e4736" });

        var seen = _reporter.Single;
        Assert.Equal("GET /orders/{id} held a pool thread for 312 ms in Task.Result, waiting for Shop.Orders.LoadAsync.", seen.Message);
        Assert.Equal("Await an asynchronous counterpart of Shop.Orders.LoadAsync instead of blocking on it.", seen.Fix);
        Assert.Equal("GET /orders/{id}", seen.Route);
        Assert.Equal("Shop.Orders.Get Task.Result", seen.Subject);
        Assert.Equal(("Shop.Orders.Get", "Orders.cs", 42), (seen.Location!.Function, seen.Location.File, seen.Location.Line));
        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", seen.TraceId);
        Assert.Equal("Task.Result", seen.Evidence["primitive"]);
        Assert.Equal(312L, seen.Evidence["maxMilliseconds"]);
        Assert.Equal("Shop.Orders.LoadAsync", seen.Evidence["waitedFor"]);
        Assert.Equal("request", seen.Evidence["thread"]);
        Assert.Equal("events", seen.Evidence["seenBy"]);
    }

    [Fact]
    public void Flags_a_pool_thread_outside_of_requests_by_its_function()
    {
        Observe(Wait(50));

        Assert.StartsWith("Shop.Orders.Get held a pool thread for 50 ms in Task.Result", _reporter.Single.Message, StringComparison.Ordinal);
        Assert.Null(_reporter.Single.Route);
        Assert.Equal("pool", _reporter.Single.Evidence["thread"]);
    }

    [Fact]
    public void Flags_a_wait_that_goes_on_and_counts_its_end_with_it()
    {
        Observe(Wait(1000) with { IsRunning = true });
        Observe(Wait(7000) with { IsContinuation = true });

        Assert.Contains("has held a pool thread for 1,000 ms", _reporter.Reports[0].Occurrence.Message, StringComparison.Ordinal);
        Assert.False(_reporter.Reports[0].Occurrence.IsContinuation);
        Assert.True(_reporter.Reports[1].Occurrence.IsContinuation);
        Assert.True(_reporter.Reports[1].Occurrence.Weight > _reporter.Reports[0].Occurrence.Weight);
    }

    [Fact]
    public void Flags_what_only_samples_show_and_says_so()
    {
        Observe(Wait(400) with { IsSampled = true, Place = Place("Thread.Sleep", waitedFor: null) });

        Assert.Equal("Shop.Orders.Get held a pool thread for 400 ms in Thread.Sleep.", _reporter.Single.Message);
        Assert.Equal("samples", _reporter.Single.Evidence["seenBy"]);
        Assert.False(_reporter.Single.Evidence.ContainsKey("waitedFor"));
    }

    [Theory]
    [InlineData(PitfallProfile.Development, 10)]
    [InlineData(PitfallProfile.Production, 100)]
    public void Flags_from_the_threshold_on_and_stays_silent_below(PitfallProfile profile, int threshold)
    {
        var reporter = new RecordingReporter(profile);
        var rule = new BlockedRequestThread();

        rule.Observe(Wait(threshold - 1), reporter);
        Assert.Empty(reporter.Reports);
        rule.Observe(Wait(threshold), reporter);
        Assert.Single(reporter.Reports);
        Assert.Equal(TimeSpan.FromMilliseconds(threshold), rule.ShortestWait(reporter));
    }

    [Fact]
    public void Flags_by_the_setting()
    {
        _reporter.With(BlockedRequestThread.Rule.Settings.Single(), "3 s");

        Observe(Wait(2999));
        Assert.Empty(_reporter.Reports);
        Observe(Wait(3000));
        Assert.Single(_reporter.Reports);
    }

    [Theory]
    [InlineData("Thread.Sleep", "Task.Delay")]
    [InlineData("lock", "WaitAsync")]
    [InlineData("Monitor.Wait", "WaitAsync")]
    [InlineData("ReaderWriterLockSlim", "WaitAsync")]
    [InlineData("SemaphoreSlim.Wait", "WaitAsync")]
    [InlineData("Lazy.Value", "Lazy<Task<T>>")]
    [InlineData("BlockingCollection.Take", "Channel<T>")]
    [InlineData("HttpClient.Send", "SendAsync")]
    [InlineData("Process.WaitForExit", "WaitForExitAsync")]
    [InlineData("Dns.GetHostEntry", "GetHostEntryAsync")]
    [InlineData("Task.WaitAll", "Task.WhenAll")]
    [InlineData("Task.WaitAny", "Task.WhenAny")]
    [InlineData("Socket.Receive", "Await the call")]
    public void Flags_each_way_with_a_fix_of_its_own(string primitive, string fix)
    {
        Observe(Wait(200) with { Place = Place(primitive, waitedFor: null) });

        Assert.Contains(fix, _reporter.Single.Fix, StringComparison.Ordinal);
        Assert.Contains($"in {primitive}.", _reporter.Single.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(ThreadKind.Dedicated))]
    [InlineData(nameof(ThreadKind.Ours))]
    [InlineData(nameof(ThreadKind.Unknown))]
    public void StaysSilent_about_threads_that_are_not_of_the_pool(string kind)
    {
        Observe(Wait(60_000) with { Thread = Enum.Parse<ThreadKind>(kind), Route = "GET /orders" });

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_about_waits_without_a_frame_of_the_user()
    {
        Observe(Wait(60_000) with { Place = BlockedPlace.Nowhere });

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_and_wants_no_waits_when_it_is_off() =>
        Assert.Equal(TimeSpan.MaxValue, new BlockedRequestThread().ShortestWait(new Off()));

    [Fact]
    public void What_is_allowed_there_is_handed_on()
    {
        var (declared, ambient) = (new Allowance("PIT1001", "an attribute"), new Allowance("PIT1001", "a scope"));

        Observe(Wait(200) with { Declared = declared, Ambient = ambient });

        Assert.Same(declared, _reporter.Single.Declared);
        Assert.Same(ambient, _reporter.Single.Ambient);
    }

    internal static BlockedPlace Place(string primitive = "Task.Result", string? waitedFor = "Shop.Orders.LoadAsync", string function = "Shop.Orders.Get") => new()
    {
        Location = new PitfallLocation { Function = function, File = "Orders.cs", Line = 42 },
        Subject = $"{function} {primitive}",
        Primitive = primitive,
        WaitedFor = waitedFor,
    };

    private static BlockedWait Wait(int milliseconds) => new()
    {
        Place = Place(),
        Duration = TimeSpan.FromMilliseconds(milliseconds),
        Thread = ThreadKind.Pool,
    };

    private void Observe(BlockedWait wait) => new BlockedRequestThread().Observe(wait, _reporter);

    private sealed class Off : IPitfallReporter
    {
        public bool IsEnabled(PitfallRule rule) => false;

        public T Get<T>(PitfallRule rule, Setting<T> setting)
            where T : notnull => throw new InvalidOperationException("nobody asks a rule that is off");

        public void Report(PitfallRule rule, Occurrence occurrence) => throw new InvalidOperationException();
    }
}
