using Pitfalls.Runtime.Rules.Threading;
using Pitfalls.Runtime.Signals.Dependencies;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.Threading;

public class SynchronousIoTests
{
    private readonly SynchronousIo _rule = new();
    private readonly RecordingReporter _reporter = new();

    [Theory]
    [InlineData("Request", "Database")]
    [InlineData("Validation", "Database")]
    [InlineData("HealthCheck", "Database")]
    [InlineData("Request", "Http")]
    [InlineData("Request", "Cache")]
    public void Flags_a_synchronous_call_in_a_request(string phase, string kind)
    {
        _rule.Observe(Calls.Query(isSynchronous: true, Enum.Parse<CallPhase>(phase), kind: Enum.Parse<DependencyKind>(kind)), _reporter);

        Assert.Equal(Calls.Place, _reporter.Single.Location);
        Assert.Equal("GET /orders", _reporter.Single.Route);
    }

    [Fact]
    public void Flags_a_form_read_synchronously()
    {
        _rule.Observe(new SynchronousBody { Call = SynchronousBody.Form, Route = "POST /orders", Location = Calls.Place, Function = "Shop.Orders.List" }, _reporter);

        Assert.Contains("Request.Form", _reporter.Single.Message, StringComparison.Ordinal);
        Assert.Contains("ReadFormAsync", _reporter.Single.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Outside")]
    [InlineData("BeforeStart")]
    [InlineData("Starting")]
    [InlineData("AfterResponse")]
    public void StaysSilent_outside_of_requests(string phase)
    {
        _rule.Observe(Calls.Query(isSynchronous: true, Enum.Parse<CallPhase>(phase)), _reporter);

        Assert.Empty(_reporter.Reports);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(null)]
    public void StaysSilent_on_asynchronous_calls_and_where_it_is_not_known(bool? isSynchronous)
    {
        _rule.Observe(Calls.Query(isSynchronous), _reporter);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_when_a_library_acts_by_itself()
    {
        _rule.Observe(Calls.Query(isSynchronous: true, isUsers: false), _reporter);

        Assert.Empty(_reporter.Reports);
    }
}
