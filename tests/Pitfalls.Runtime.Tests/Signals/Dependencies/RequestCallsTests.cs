using System.Diagnostics;

using Microsoft.AspNetCore.Http;

using Pitfalls.Runtime.Signals.Dependencies;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Tests.Signals.Dependencies;

public class RequestCallsTests
{
    private readonly RequestScope _scope = new(new object(), null!, new DefaultHttpContext());
    private readonly RequestCalls _calls = new();
    private long _now = Stopwatch.GetTimestamp();

    public RequestCallsTests() => _calls.Serve(_scope);

    [Fact]
    public void Counts_calls_of_one_shape_with_their_time()
    {
        for (var i = 0; i < 5; i++)
            Run(1, 10);
        Run(2, 10);

        var (_, count, time) = Assert.Single(_calls.Repetitions(3));
        Assert.Equal((5, 50d), (count, Math.Round(time.TotalMilliseconds)));
    }

    [Fact]
    public void A_retry_repeats_what_has_failed_and_does_not_count()
    {
        for (var i = 0; i < 5; i++)
            Run(1, 10, failed: true);
        Run(1, 10);

        Assert.False(_calls.HasRepetitions(3));
    }

    [Fact]
    public void A_pause_begins_a_new_count_and_the_largest_is_told()
    {
        for (var i = 0; i < 4; i++)
            Run(1, 1);
        Wait(2000);
        for (var i = 0; i < 3; i++)
            Run(1, 1);

        Assert.Equal(4, Assert.Single(_calls.Repetitions(3)).Count);
    }

    [Fact]
    public void Polling_is_no_loop()
    {
        for (var i = 0; i < 20; i++)
        {
            Run(1, 1);
            Wait(1500);
        }

        Assert.Empty(_calls.Repetitions(3));
    }

    [Fact]
    public void A_slow_command_is_no_pause()
    {
        for (var i = 0; i < 5; i++)
            Run(1, 1500);

        Assert.Equal(5, Assert.Single(_calls.Repetitions(3)).Count);
    }

    [Fact]
    public void The_commands_of_one_save_are_one()
    {
        _calls.BeginSave(_scope);
        for (var i = 0; i < 5; i++)
            Run(1, 1, countAs: CountAs.PartOfSave);
        Assert.False(_calls.HasRepetitions(2));

        for (var i = 0; i < 3; i++)
        {
            _calls.BeginSave(_scope);
            Run(1, 1, countAs: CountAs.PartOfSave);
        }

        Assert.Equal(4, Assert.Single(_calls.Repetitions(3)).Count);
    }

    [Fact]
    public void Many_shapes_need_no_more_room_and_do_not_push_out_what_repeats()
    {
        for (var i = 0; i < 4; i++)
            Run(1, 1);
        for (var shape = 2u; shape < 500; shape++)
            Run(shape, 1);
        Run(1, 1);

        Assert.Equal(5, Assert.Single(_calls.Repetitions(3)).Count);
    }

    [Fact]
    public void A_late_call_of_a_request_that_has_ended_does_not_count_in_the_next_one()
    {
        _calls.Clear();
        _calls.Serve(new RequestScope(new object(), null!, new DefaultHttpContext()));

        for (var i = 0; i < 5; i++)
            Run(1, 1);

        Assert.False(_calls.HasRepetitions(1));
    }

    private void Run(ulong shape, long milliseconds, bool failed = false, CountAs countAs = CountAs.Command)
    {
        var call = new RawCall { System = "sqlite", Operation = "SELECT", Shape = shape, Scope = _scope, CountAs = countAs, Started = _now };
        _calls.Begin(call);
        _calls.Keep(call, runs: true);
        Wait(milliseconds);
        call.Duration = TimeSpan.FromMilliseconds(milliseconds);
        call.Failed = failed;
        _calls.End(call, _now);
    }

    private void Wait(long milliseconds) => _now += milliseconds * Stopwatch.Frequency / 1000;
}
