using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Rules;
using Pitfalls.Runtime.Rules.Responses;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules;

public class FirstOfManyTests
{
    private readonly RecordingReporter _reporter = new();
    private readonly FirstOfMany _many = new();

    [Fact]
    public void The_first_ten_stand_alone_and_those_after_share_one_subject()
    {
        for (var i = 1; i <= 13; i++)
            Report($"GET /{i}");

        Assert.Equal([.. Enumerable.Range(1, 10).Select(i => $"GET /{i}"), "many", "many", "many"], _reporter.Reports.Select(r => r.Occurrence.Subject));
        var last = _reporter.Reports[^1].Occurrence;
        Assert.Equal("said. So it is with 2 more, among them GET /11, GET /12.", last.Message);
        Assert.Equal(3, last.Evidence["count"]);
        Assert.Equal("GET /11, GET /12, GET /13", last.Evidence["list"]);
        Assert.True(last.Weight > _reporter.Reports[^2].Occurrence.Weight);
    }

    [Fact]
    public void One_that_stands_alone_stays_so()
    {
        for (var i = 1; i <= 13; i++)
            Report($"GET /{i}");
        Report("GET /1");
        Report("GET /12");

        Assert.Equal("GET /1", _reporter.Reports[^2].Occurrence.Subject);
        Assert.Equal(3, _reporter.Reports[^1].Occurrence.Evidence["count"]);
    }

    [Fact]
    public void What_is_allowed_takes_no_place_and_stands_in_no_list()
    {
        for (var i = 1; i <= 30; i++)
            Report($"GET /allowed/{i}", new Allowance("PIT3004", "so"));
        Report("GET /1");

        Assert.Equal("GET /1", _reporter.Reports[^1].Occurrence.Subject);
    }

    [Fact]
    public void A_hundred_thousand_endpoints_are_remembered_up_to_a_bound()
    {
        for (var i = 0; i < 100_000; i++)
            Report($"GET /{i}");

        Assert.Equal(10_000, _reporter.Reports[^1].Occurrence.Evidence["count"]);
        Assert.True(_reporter.Reports[^1].Occurrence.Message.Length < 500);
    }

    private void Report(string route, Allowance? declared = null) =>
        _many.Report(UndeclaredResponseType.Rule, new Occurrence { Message = "said.", Subject = route, Route = route, Declared = declared }, _reporter);
}
