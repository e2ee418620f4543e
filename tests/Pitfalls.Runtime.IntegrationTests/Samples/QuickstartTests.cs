extern alias quickstart;

namespace Pitfalls.Runtime.IntegrationTests.Samples;

public class QuickstartTests
{
    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task A_thousand_requests_to_the_quickstart_bring_no_finding(string environment)
    {
        // These tests run debug builds, and a debug build in Production is rightly a finding of its own.
        await using var app = new SampleApp<quickstart::Program>(
            environment,
            ("Pitfalls:Allow:0:Rule", "PIT7006"), ("Pitfalls:Allow:0:Where", "debug-build"), ("Pitfalls:Allow:0:Reason", "the tests' own build"));
        using var client = app.CreateClient();

        await CleanTraffic.BringsNoFindingAsync(client, app.Services, environment, "/", "/books", "/books/1", "/books/2", "/books/99", "/books/none");
    }
}
