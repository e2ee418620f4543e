using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Rules.Threading;
using Pitfalls.Runtime.Signals.Blocking;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.Threading;

public class ThreadPoolStarvationTests
{
    private readonly RecordingReporter _reporter = new();
    private readonly ThreadPoolStarvation _rule = new();

    [Fact]
    public void Flags_two_looks_in_a_row_and_answers_who()
    {
        Observe(Starved(), Starved() with
        {
            QueueDelay = TimeSpan.FromMilliseconds(900),
            Delays = [TimeSpan.FromMilliseconds(120), TimeSpan.FromMilliseconds(700), TimeSpan.FromMilliseconds(900)],
            Threads = 14,
            ThreadsBefore = 4,
            GrownByStarvation = 3,
            GrownByBlocking = 7,
            Queued = 90,
            Blocked = 12,
            Groups =
            [
                Group("Shop.Reports.Sales", "Task.Result", 9, "GET /reports/sales", "GET /reports/stock"),
                Group("Shop.Reports.Stock", "lock", 3),
            ],
        });

        var seen = _reporter.Single;
        Assert.Equal(
            "Work waited 900 ms for a pool thread: 9 of 14 threads stand still in Task.Result at Shop.Reports.Sales (GET /reports/sales, GET /reports/stock).", seen.Message);
        Assert.Equal("Shop.Reports.Sales", seen.Location!.Function);
        Assert.Equal("GET /reports/sales", seen.Route);
        Assert.Equal(900L, seen.Evidence["queueDelayMilliseconds"]);
        Assert.Equal("120, 700, 900 ms", seen.Evidence["queueDelays"]);
        Assert.Equal((14, 4, 3, 7), ((int)seen.Evidence["poolThreads"]!, (int)seen.Evidence["poolThreadsBefore"]!, (int)seen.Evidence["grownByStarvation"]!, (int)seen.Evidence["grownByBlocking"]!));
        Assert.Equal((12, 9, 90L), ((int)seen.Evidence["blockedThreads"]!, (int)seen.Evidence["blockedHere"]!, (long)seen.Evidence["queuedWorkItems"]!));
        Assert.Equal("9 × Task.Result at Shop.Reports.Sales in Orders.cs:line 42; 3 × lock at Shop.Reports.Stock in Orders.cs:line 42", seen.Evidence["culprits"]);
        Assert.Equal("GET /reports/sales, GET /reports/stock", seen.Evidence["routes"]);
    }

    [Fact]
    public void Flags_again_now_and_then_while_it_lasts()
    {
        for (var look = 0; look < 22; look++)
            Observe(Starved());

        Assert.Equal(3, _reporter.Reports.Count);
        Assert.Single(_reporter.Reports.Select(r => r.Occurrence.Subject).Distinct());
    }

    [Fact]
    public void Flags_exactly_at_the_threshold_and_with_three_quarters_of_the_threads()
    {
        var barely = Starved() with { QueueDelay = TimeSpan.FromMilliseconds(500), Threads = 8, Blocked = 6 };
        Observe(barely, barely);

        Assert.Single(_reporter.Reports);
    }

    [Fact]
    public void Flags_by_its_settings()
    {
        foreach (var setting in ThreadPoolStarvation.Rule.Settings)
            _reporter.With(setting, setting.Name == "StartUp" ? "0" : "5 s");
        var soon = Starved() with { SinceStart = TimeSpan.Zero };
        Observe(soon, soon);
        Assert.Empty(_reporter.Reports);

        Observe(soon with { QueueDelay = TimeSpan.FromSeconds(5) }, soon with { QueueDelay = TimeSpan.FromSeconds(5) });
        Assert.Single(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_after_one_look_and_when_it_was_not_in_a_row()
    {
        Observe(Starved(), Calm(), Starved(), Calm());

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_below_the_threshold()
    {
        var quick = Starved() with { QueueDelay = TimeSpan.FromMilliseconds(499) };
        Observe(quick, quick, quick);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_about_a_busy_processor()
    {
        var busy = Starved() with { CpuShare = 1, Threads = 10, Blocked = 7 };
        Observe(busy, busy, busy);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_about_a_slow_app_that_holds_no_thread()
    {
        var slow = Starved() with { Blocked = 0, Groups = [] };
        Observe(slow, slow, slow);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_about_threads_that_stand_still_in_nobodys_code()
    {
        var foreign = Starved() with { Groups = [] };
        Observe(foreign, foreign, foreign);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_about_one_thread_of_the_user_among_many_of_somebody_else()
    {
        // Of another host, or of a library on its own account: the user's one thread is not what starves the pool.
        var minor = Starved() with { Blocked = 9, Groups = [Group("Shop.Reports.Sales", "Task.Result", 4)] };
        Observe(minor, minor, minor);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_while_the_host_warms_up()
    {
        var young = Starved() with { SinceStart = TimeSpan.FromSeconds(9.9) };
        Observe(young, young, young);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_about_a_pause_of_the_whole_process()
    {
        var paused = Starved() with { WasHeldUp = true };
        Observe(paused, paused, Starved(), paused);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_about_a_processor_that_is_busy_with_something_else()
    {
        // Another process, or a quota: our own thread came too late as well, so that is what the work has waited for.
        var crowded = Starved() with { QueueDelay = TimeSpan.FromMilliseconds(900), Late = TimeSpan.FromMilliseconds(450) };
        Observe(crowded, crowded, crowded);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_when_no_work_is_left_lying()
    {
        var late = Starved() with { Queued = 0 };
        Observe(late, late, late);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void Limitation_a_pool_with_more_than_a_quarter_of_its_threads_at_work_is_taken_for_a_busy_one()
    {
        // Fourteen of twenty threads wait and six compute: who of them makes the work wait cannot be told from outside.
        var mixed = Starved() with { Threads = 20, Blocked = 14, CpuShare = 0.3 };
        Observe(mixed, mixed, mixed);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void What_is_allowed_there_is_handed_on()
    {
        var allowed = new Allowance("PIT1002", "a load test");
        var sample = Starved() with { Groups = [Group("Shop.Reports.Sales", "Task.Result", 9) with { Declared = allowed }] };
        Observe(sample, sample);

        Assert.Same(allowed, _reporter.Single.Declared);
    }

    private static BlockedGroup Group(string function, string primitive, int threads, params string[] routes) =>
        new(BlockedRequestThreadTests.Place(primitive, waitedFor: null, function), threads, routes, null);

    private static PoolSample Starved() => new()
    {
        SinceStart = TimeSpan.FromMinutes(1),
        QueueDelay = TimeSpan.FromMilliseconds(700),
        Threads = 10,
        Queued = 90,
        CpuShare = 0.05,
        Groups = [Group("Shop.Reports.Sales", "Task.Result", 9, "GET /reports/sales")],
        Blocked = 9,
    };

    private static PoolSample Calm() => Starved() with { QueueDelay = TimeSpan.FromMilliseconds(1), Blocked = 0, Groups = [] };

    private void Observe(params PoolSample[] samples)
    {
        foreach (var sample in samples)
            _rule.Observe(sample, _reporter);
    }
}
