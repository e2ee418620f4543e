using CsCheck;

using Pitfalls.Runtime.Rules.Responses;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.Responses;

public class ResponseRuleTests
{
    private readonly RecordingReporter _reporter = new();

    [Theory]
    [InlineData("null", 200)]
    [InlineData(" null\n", 201)]
    public void NullBody_Flags_the_literal_null(string body, int status)
    {
        new NullBody().Observe(Support.Responses.Json(body, status), _reporter);

        Assert.Equal("GET (no endpoint)", _reporter.Single.Subject);
        Assert.Equal(status, _reporter.Single.Evidence["status"]);
    }

    [Theory]
    [InlineData("\"null\"", 200)]
    [InlineData("[null]", 200)]
    [InlineData("{\"a\":null}", 200)]
    [InlineData("null", 404)]
    [InlineData("null", 500)]
    [InlineData("", 200)]
    public void NullBody_StaysSilent_on(string body, int status)
    {
        new NullBody().Observe(Support.Responses.Json(body, status), _reporter);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void NullBody_StaysSilent_on_a_cut_copy_that_happens_to_read_null()
    {
        new NullBody().Observe(Support.Responses.Json("null", isTruncated: true), _reporter);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void BodyOnNoContent_Flags_and_speaks_of_the_sighting_that_knows_the_statement()
    {
        var rule = new BodyOnNoContent();
        var dropped = Support.Responses.Json("{}", 204) with { BodyRefusedOn = 204 };
        rule.Observe(dropped, _reporter);
        rule.Observe(dropped with { Status = 500, Writer = new PitfallLocation { Function = "Shop.Orders.Delete", File = "Orders.cs", Line = 7 } }, _reporter);

        Assert.Contains("dropped", _reporter.Reports[0].Occurrence.Message, StringComparison.Ordinal);
        Assert.Contains("500", _reporter.Reports[1].Occurrence.Message, StringComparison.Ordinal);
        Assert.True(_reporter.Reports[1].Occurrence.Weight > _reporter.Reports[0].Occurrence.Weight);
        Assert.Equal("Orders.cs", _reporter.Reports[1].Occurrence.Location?.File);
    }

    [Fact]
    public void BodyOnNoContent_StaysSilent_on_a_304_without_endpoint_that_only_names_a_type()
    {
        new BodyOnNoContent().Observe(Support.Responses.Of("", "image/png", 304), _reporter);

        Assert.Empty(_reporter.Reports);
    }

    [Theory]
    [InlineData("System.InvalidOperationException: Sequence contains no elements")]
    [InlineData("Npgsql.PostgresException (0x80004005): 42P01: relation \"orders\" does not exist")]
    [InlineData("{\"trace\":\"   at Shop.Orders.Get(Int32 id) in /src/Orders.cs:line 7\\r\\n   at Shop.Program.<Main>$(String[] args)\"}")]
    [InlineData("   at Shop.Cart`1.Total[T](List`1 items)\n   at Shop.Program.Main()")]
    [InlineData("   at async Shop.Orders.GetAsync(int id)\n")]
    [InlineData("---> ArgumentNullException: Value cannot be null.")]
    public void ExceptionDetails_Flags(string body)
    {
        new ExceptionDetailsInResponse().Observe(Support.Responses.Of(body, "text/plain", 500), _reporter);

        Assert.Single(_reporter.Reports);
    }

    [Theory]
    [InlineData("Order 7 is already paid.")]
    [InlineData("No Exception: every rule holds.")]
    [InlineData("{\"type\":\"System.Exception\",\"detail\":\"it broke\"}")]
    [InlineData("{\"openapi\":\"3.1.0\",\"info\":{\"description\":\"answers System.InvalidOperationException: text\"}}")]
    [InlineData("Dinner at Smith.Co (2nd floor), at noon.")]
    [InlineData("<li>at home.garden (left)</li>")]
    [InlineData("look at https://example.org/a.b(c)")]
    public void ExceptionDetails_StaysSilent_on(string body)
    {
        new ExceptionDetailsInResponse().Observe(Support.Responses.Of(body, "text/plain"), _reporter);

        Assert.Empty(_reporter.Reports);
    }

    /// <summary>Bodies on which a careless expression tries every way to split the text: minutes for 64 KiB, and a judge that sees nothing else.</summary>
    public static TheoryData<string, string> Mazes => new()
    {
        { "a name without end", "\n   at " + Repeat("a.") },
        { "many names without end", Repeat("\n at a.b.c") },
        { "a blank without end", " at " + Repeat("\n") },
        { "indentation without end", " at \n" + Repeat(" ") },
        { "arguments without end", "\n   at A.B(" + Repeat("int a, ") },
        { "a path without end", Repeat("\n   at A.B() in /a") },
        { "a type without end", Repeat("Aa.") + " Exception" },
        { "a word without end", Repeat("A") + " Exception" },
        { "exceptions without end", Repeat("Exception") },
    };

    [Theory]
    [MemberData(nameof(Mazes))]
    public void ExceptionDetails_finds_its_way_out_of(string maze, string body)
    {
        Assert.NotEmpty(maze);

        new ExceptionDetailsInResponse().Observe(Support.Responses.Of(body, "text/plain"), _reporter);

        Assert.Empty(_reporter.Reports);
    }

    private static string Repeat(string text) => string.Concat(Enumerable.Repeat(text, BodyCopy.MaxBytes / text.Length));

    [Fact]
    public void Rules_never_throw_whatever_the_body_holds() =>
        Gen.Select(Gen.Byte.Array[0, 400], Gen.OneOf(Gen.Const("application/json"), Gen.Const("text/html")), Gen.Int[100, 599]).Sample((body, type, status) =>
        {
            var response = Support.Responses.Of("", type, status) with { Body = body, BytesWritten = body.Length };
            foreach (IResponseRule rule in new IResponseRule[] { new NullBody(), new BodyOnNoContent(), new SensitiveProperty(), new ExceptionDetailsInResponse() })
                rule.Observe(response, new RecordingReporter());
        });
}
