using Pitfalls.Runtime.Rules.Errors;
using Pitfalls.Runtime.Signals.Exceptions;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.Errors;

public class SwallowedExceptionTests
{
    private static readonly CaughtException s_vanished = new()
    {
        Type = "System.InvalidOperationException",
        Location = new PitfallLocation { Function = "Shop.Prices.Load", File = "Prices.cs", Line = 12 },
        Subject = "Shop.Prices.Load catch #1",
        CatchesAll = true,
        Fate = CatchFate.Vanishes,
        Status = 200,
        Route = "GET /prices",
        ThrownBy = "Shop.PriceList.Read",
        TraceId = "0af7651916cd43dd8448eb211c80319c",
    };

    private readonly RecordingReporter _reporter = new();

    [Fact]
    public void Flags_an_exception_that_vanished_in_a_request()
    {
        Observe(s_vanished);

        var report = _reporter.Single;
        Assert.Equal("GET /prices answered 200 although InvalidOperationException was thrown: Shop.Prices.Load caught it with everything else and let it vanish.", report.Message);
        Assert.Equal("Shop.Prices.Load catch #1", report.Subject);
        Assert.Equal(12, report.Location!.Line);
        Assert.Equal("System.InvalidOperationException", report.Evidence["exception"]);
        Assert.Equal("Shop.PriceList.Read", report.Evidence["thrownBy"]);
        Assert.Equal(200, report.Evidence["status"]);
        Assert.Equal("request", report.Evidence["work"]);
    }

    [Fact]
    public void Flags_one_in_a_hosted_service()
    {
        Observe(s_vanished with { Route = null, Status = 0, TraceId = null });

        Assert.Equal("Shop.Prices.Load caught InvalidOperationException with everything else and let it vanish.", _reporter.Single.Message);
        Assert.Equal("hosted service", _reporter.Single.Evidence["work"]);
        Assert.False(_reporter.Single.Evidence.ContainsKey("status"));
    }

    [Theory]
    [InlineData(101)]
    [InlineData(204)]
    [InlineData(302)]
    [InlineData(399)]
    public void Flags_whatever_answer_is_no_error(int status)
    {
        Observe(s_vanished with { Status = status });

        Assert.Single(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_on_a_specific_type() => Silent(s_vanished with { CatchesAll = false });

    [Theory]
    [InlineData(nameof(CatchFate.Used))]
    [InlineData(nameof(CatchFate.Throws))]
    [InlineData(nameof(CatchFate.Told))]
    [InlineData(nameof(CatchFate.Builder))]
    public void StaysSilent_where_something_was_done_about_it(string fate) => Silent(s_vanished with { Fate = Enum.Parse<CatchFate>(fate) });

    [Fact]
    public void StaysSilent_on_what_was_logged_elsewhere() => Silent(s_vanished with { WasLogged = true });

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(500)]
    public void StaysSilent_when_an_error_was_answered(int status) => Silent(s_vanished with { Status = status });

    [Fact]
    public void StaysSilent_on_cancellation() => Silent(s_vanished with { IsCancellation = true });

    [Fact]
    public void StaysSilent_on_what_a_client_that_left_brings_about() => Silent(s_vanished with { IsAbortedRequest = true });

    private void Silent(CaughtException caught)
    {
        Observe(caught);

        Assert.Empty(_reporter.Reports);
    }

    private void Observe(CaughtException caught) => new SwallowedException().Observe(caught, _reporter);
}
