using System.Text.Json;

using CsCheck;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Reporting;

public class FindingJsonTests
{
    [Fact]
    public void A_finding_is_written_as_the_contract_says()
    {
        var json = JsonSerializer.Serialize(Findings.Finding(count: 17), FindingJson.Default.Finding);

        Assert.Equal(
            """
            {"ruleId":"PIT3001","rule":"NullBody","category":"Responses","severity":"Warning","title":"Null body","message":"GET /orders/{id} answered 200 with the JSON body null.","fix":"Answer 404.","helpUrl":"https://github.com/pitfalls-runtime/pitfalls-runtime/blob/main/docs/rules/PIT3001.md","fingerprint":"a1b2c3d4e5f60718","count":17,"firstSeen":"2026-01-01T00:00:00Z","lastSeen":"2026-01-01T00:01:00.25Z","routes":["GET /orders/{id}"],"location":{"function":"Shop.OrdersController.Get","file":"OrdersController.cs","line":42},"evidence":{"status":200,"body":"null","ratio":0.5,"cut":false,"bytes":4},"traceId":"0af7651916cd43dd8448eb211c80319c"}
            """,
            json);
    }

    [Fact]
    public void It_comes_back_as_it_was()
    {
        var finding = Findings.Finding();

        var again = JsonSerializer.Deserialize(JsonSerializer.Serialize(finding, FindingJson.Default.Finding), FindingJson.Default.Finding)!;

        Assert.Equal(finding.Fingerprint, again.Fingerprint);
        Assert.Equal(finding.LastSeen, again.LastSeen);
        Assert.Equal(finding.Location, again.Location);
        Assert.Equal(finding.Routes, again.Routes);
        Assert.Equal(["status", "body", "ratio", "cut", "bytes"], again.Evidence.Keys);
        Assert.Equal([200L, "null", 0.5, false, 4L], again.Evidence.Values);
        Assert.Equal(JsonSerializer.Serialize(finding, FindingJson.Default.Finding), JsonSerializer.Serialize(again, FindingJson.Default.Finding));
    }

    [Fact]
    public void A_place_that_is_not_known_is_null()
    {
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(Findings.Finding() with { Location = null, TraceId = null }, FindingJson.Default.Finding));
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("location").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("traceId").ValueKind);

        using var noLine = JsonDocument.Parse(JsonSerializer.Serialize(Findings.Finding() with { Location = new() { Function = "F" } }, FindingJson.Default.Finding));
        Assert.Equal(JsonValueKind.Null, noLine.RootElement.GetProperty("location").GetProperty("line").ValueKind);
    }

    [Fact]
    public void Times_of_any_offset_are_told_in_utc()
    {
        var finding = Findings.Finding() with { FirstSeen = new DateTimeOffset(2026, 3, 1, 1, 30, 0, TimeSpan.FromHours(2)) };

        using var json = JsonDocument.Parse(JsonSerializer.Serialize(finding, FindingJson.Default.Finding));

        Assert.Equal("2026-02-28T23:30:00Z", json.RootElement.GetProperty("firstSeen").GetString());
    }

    [Fact]
    public void Any_evidence_comes_back() => Gen.Select(Gen.String, Gen.OneOf<object?>(
            Gen.Int.Select(i => (object?)i), Gen.Long.Select(l => (object?)l), Gen.Double.Where(double.IsFinite).Select(d => (object?)d),
            Gen.Bool.Select(b => (object?)b), Gen.String.Select(s => (object?)s))).Array[0, 20].Sample(facts =>
    {
        var evidence = new Evidence(facts.DistinctBy(f => f.Item1).Select(f => KeyValuePair.Create(f.Item1, f.Item2!)));
        var json = JsonSerializer.Serialize(Findings.Finding() with { Evidence = evidence }, FindingJson.Default.Finding);

        var again = JsonSerializer.Deserialize(json, FindingJson.Default.Finding)!;

        Assert.Equal(json, JsonSerializer.Serialize(again, FindingJson.Default.Finding));
        Assert.InRange(again.Evidence.Count, 0, 16);
        Assert.All(again.Evidence.Values.OfType<string>(), text => Assert.InRange(text.Length, 0, 400));
    });

    [Fact]
    public void Evidence_holds_nothing_but_small_scalars()
    {
        Assert.Throws<ArgumentException>(() => Evidence.Of(("what", new { a = 1 })));
        Assert.Throws<ArgumentException>(() => Evidence.Of(("what", new[] { 1 })));
        Assert.Empty(Evidence.Of(("nothing", null)));
        Assert.Equal(400, ((string)Evidence.Of(("long", new string('x', 10_000)))["long"]).Length);
        Assert.False(Evidence.None.TryGetValue("x", out _));
        Assert.Throws<KeyNotFoundException>(() => Evidence.None["x"]);
    }

    [Theory]
    [InlineData("{\"evidence\":[]}")]
    [InlineData("{\"evidence\":{\"a\":{}}}")]
    [InlineData("{\"evidence\":{\"a\":[1]}}")]
    public void Foreign_json_is_refused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, FindingJson.Default.Finding));
}
