using Pitfalls.Runtime.Rules.Errors;
using Pitfalls.Runtime.Signals.Console;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.Errors;

public class ConsoleOutputTests
{
    private readonly RecordingReporter _reporter = new();

    [Theory]
    [InlineData("GET /offers", "GET /offers writes to the console: Console.WriteLine in Shop.Offers.Show.", "request")]
    [InlineData(null, "A hosted service writes to the console: Console.WriteLine in Shop.Offers.Show.", "hosted service")]
    public void Flags_a_write(string? route, string message, string work)
    {
        new ConsoleOutput().Observe(
            new ConsoleWrite
            {
                Call = "Console.WriteLine",
                Location = new PitfallLocation { Function = "Shop.Offers.Show", File = "Offers.cs", Line = 3 },
                Subject = "Shop.Offers.Show",
                Route = route,
            },
            _reporter);

        Assert.Equal(message, _reporter.Single.Message);
        Assert.Equal(work, _reporter.Single.Evidence["work"]);
        Assert.Equal("Console.WriteLine", _reporter.Single.Evidence["call"]);
    }
}
