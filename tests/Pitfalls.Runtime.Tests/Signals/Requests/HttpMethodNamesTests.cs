using CsCheck;

using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Tests.Signals.Requests;

public class HttpMethodNamesTests
{
    [Theory]
    [InlineData("GET", "GET")]
    [InlineData("get", "GET")]
    [InlineData("Patch", "PATCH")]
    [InlineData("QUERY", "QUERY")]
    [InlineData("BREW", "_OTHER")]
    [InlineData("GETS", "_OTHER")]
    [InlineData("", "_OTHER")]
    public void Only_known_methods_become_names(string method, string expected) => Assert.Equal(expected, HttpMethodNames.Known(method));

    [Fact]
    public void Whatever_a_client_claims_there_are_few_names()
    {
        var names = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();

        Gen.String.Sample(method => { names.TryAdd(HttpMethodNames.Known(method), true); });

        Assert.InRange(names.Count, 1, 11);
    }
}
