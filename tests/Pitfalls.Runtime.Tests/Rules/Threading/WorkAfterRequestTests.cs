using Pitfalls.Runtime.Rules.Threading;
using Pitfalls.Runtime.Signals.Dependencies;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.Threading;

public class WorkAfterRequestTests
{
    private static readonly PitfallLocation s_location = new() { Function = "Shop.Mails.SendAsync", File = "Mails.cs", Line = 7 };

    private static readonly LateWork s_work = new()
    {
        Sign = LateSign.Log,
        Since = TimeSpan.FromMilliseconds(180),
        Location = s_location,
        Subject = "Shop.Mails.SendAsync",
        Route = "POST /orders",
        TraceId = "0af7651916cd43dd8448eb211c80319c",
    };

    private static readonly DependencyCall s_call = new()
    {
        Kind = DependencyKind.Database,
        System = "sqlite",
        Operation = "SELECT",
        Phase = CallPhase.AfterResponse,
        SinceResponse = TimeSpan.FromMilliseconds(1234),
        Location = s_location,
        Function = "Shop.Mails.SendAsync",
        Route = "POST /orders",
        TraceId = "0af7651916cd43dd8448eb211c80319c",
    };

    private readonly RecordingReporter _reporter = new();
    private readonly WorkAfterRequest _rule = new();

    [Theory]
    [InlineData(nameof(LateSign.Log), "Shop.Mails.SendAsync still wrote to the log 180 ms after the response of POST /orders had ended.")]
    [InlineData(nameof(LateSign.Console), "Shop.Mails.SendAsync still wrote to the console 180 ms after the response of POST /orders had ended.")]
    [InlineData(nameof(LateSign.Exception), "Shop.Mails.SendAsync failed 180 ms after the response of POST /orders had ended.")]
    public void Flags_every_sign_of_late_work(string sign, string message)
    {
        _rule.Observe(s_work with { Sign = Enum.Parse<LateSign>(sign) }, _reporter);

        Assert.Equal(message, _reporter.Single.Message);
        Assert.Equal("Shop.Mails.SendAsync", _reporter.Single.Subject);
        Assert.Equal(180L, _reporter.Single.Evidence["millisecondsAfter"]);
    }

    [Fact]
    public void Flags_what_reaches_for_things_that_are_gone_as_the_worse()
    {
        _rule.Observe(s_work, _reporter);
        _rule.Observe(s_work with { Sign = LateSign.Exception, Touched = "DbContext" }, _reporter);

        Assert.Equal("Shop.Mails.SendAsync reached for the request's DbContext, which is gone, 180 ms after the response of POST /orders had ended.", _reporter.Reports[1].Occurrence.Message);
        Assert.True(_reporter.Reports[1].Occurrence.Weight > _reporter.Reports[0].Occurrence.Weight);
    }

    [Fact]
    public void Flags_a_late_call()
    {
        _rule.Observe(s_call, _reporter);

        Assert.Equal("Shop.Mails.SendAsync still called sqlite 1,234 ms after the response of POST /orders had ended.", _reporter.Single.Message);
    }

    [Fact]
    public void Flags_very_late_work_when_it_comes_from_a_second_request()
    {
        var late = s_work with { Since = TimeSpan.FromMinutes(2) };
        _rule.Observe(late, _reporter);
        _rule.Observe(late, _reporter);
        Assert.Empty(_reporter.Reports);

        _rule.Observe(late with { TraceId = "other" }, _reporter);

        Assert.Single(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_within_the_grace()
    {
        _rule.Observe(s_work with { Since = TimeSpan.FromMilliseconds(49) }, _reporter);
        _rule.Observe(s_call with { SinceResponse = TimeSpan.FromMilliseconds(49) }, _reporter);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_within_a_grace_that_was_set()
    {
        _reporter.With(WorkAfterRequest.Rule.Settings[0], "1 s");

        _rule.Observe(s_work, _reporter);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_on_calls_of_running_requests_of_streams_and_of_nobody()
    {
        _rule.Observe(s_call with { Phase = CallPhase.Request }, _reporter);
        _rule.Observe(s_call with { Phase = CallPhase.Outside }, _reporter);
        _rule.Observe(s_call with { IsStream = true }, _reporter);
        _rule.Observe(s_call with { Location = null, Function = null }, _reporter);

        Assert.Empty(_reporter.Reports);
    }
}
