using System.Text;
using System.Text.Json;

using CsCheck;

using Pitfalls.Runtime.Rules.Responses;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Tests.Support;

using Answer = Pitfalls.Runtime.Tests.Support.Responses;

namespace Pitfalls.Runtime.Tests.Rules.Responses;

/// <summary>Whatever goes over the wire: the rule throws nothing, and says nothing that is not there.</summary>
public class SensitivePropertyRobustnessTests
{
    private const int Rounds = 2000;

    private static readonly Gen<string> s_name = OneOf(
        "id", "name", "password", "passwordHash", "pass\\u0077ord", "apiKey", "access_token", "refreshToken", "token_type", "expiresIn", "pass", "user",
        "errors", "items", "a b", "x\\\"password", "cardNumber", "pin", "hasPassword", "\\ud800", "salt", "");

    private static readonly Gen<string> s_value = OneOf(
        "null", "true", "0", "4711", "-1.5e3", "\"\"", "\"hunter2\"", "\"****\"", "\"4111 1111 1111 1111\"", "\"a\\\"b:\"", "\"Zm9vYmFyMTIzNDU2\"",
        "\"\\udc00\"", "\"\\u2022\\u2022\"", "\"über \\uD83D\\uDE00\"", "[]", "{}");

    private static readonly Gen<string> s_json = Gen.Recursive<string>((depth, inner) => depth > 5
        ? s_value
        : Gen.OneOf(
            s_value,
            Gen.Select(s_name, inner, OneOf(":", " : ", ":\n  "), (name, value, colon) => $"\"{name}\"{colon}{value}").Array[0, 5].Select(m => $"{{{string.Join(',', m)}}}"),
            inner.Array[0, 4].Select(e => $"[{string.Join(", ", e)}]")));

    [Fact]
    public void Arbitrary_bytes_never_throw() =>
        Gen.Select(Gen.Byte.Array[0, 3000], Gen.Bool, OneOf(200, 400, 500)).Sample((bytes, isTruncated, status) =>
        {
            Paths(bytes, isTruncated, status);
        }, iter: Rounds);

    [Fact]
    public void Arbitrary_bytes_around_a_secret_never_throw() =>
        Gen.Select(Gen.Byte.Array[0, 60], Gen.Byte.Array[0, 60], Gen.Byte.Array[0, 60], Gen.Bool).Sample((before, inside, after, isTruncated) =>
        {
            Paths([.. before, .. "{\"password\":\""u8, .. inside, .. "\",\"secret\":\"s\""u8, .. after], isTruncated);
        }, iter: Rounds);

    [Fact]
    public void JSON_with_arbitrary_bytes_changed_never_throws() =>
        Gen.Select(s_json, Gen.Select(Gen.Int[0, 10_000], Gen.Byte).Array[0, 6]).Sample((json, changes) =>
        {
            var bytes = Encoding.UTF8.GetBytes(json);
            foreach (var (at, value) in changes)
                bytes[at % bytes.Length] = value;
            Paths(bytes);
        }, iter: Rounds);

    [Fact]
    public void A_cut_text_never_throws_and_never_invents_a_path() =>
        Gen.Select(s_json, Gen.Int[0, 10_000], Gen.Bool).Sample((json, at, isTruncated) =>
        {
            var bytes = Encoding.UTF8.GetBytes(json);
            var whole = Ways(bytes, isTruncated: false);

            var cut = Ways(bytes[..(at % (bytes.Length + 1))], isTruncated);

            Assert.Subset(whole, cut);
        }, iter: Rounds);

    [Fact]
    public void Every_path_leads_to_a_value_that_is_there() =>
        s_json.Sample(json =>
        {
            var steps = Hits(Encoding.UTF8.GetBytes(json));
            if (steps.Count == 0)
                return;
            // Names that are no Unicode cannot be asked for.
            if (json.Contains("\\ud800", StringComparison.Ordinal) || json.Contains("\\udc00", StringComparison.Ordinal))
                return;
            using var document = JsonDocument.Parse(json);
            Assert.All(steps, way => Assert.Contains(Ends(document.RootElement, way, 0), e => e.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.Array));
        }, iter: Rounds);

    [Fact]
    public void The_quick_look_passes_over_nothing_that_the_walk_would_find() =>
        s_json.Sample(json =>
        {
            var bytes = Encoding.UTF8.GetBytes(json);
            var verdicts = new NameVerdicts(SensitiveNames.Plain);
            if (SensitiveScan.Run(bytes, isTruncated: false, 200, SensitiveNames.Plain, verdicts).Count > 0)
                Assert.True(new NameVerdicts(SensitiveNames.Plain).MayHold(bytes), json);
        }, iter: Rounds);

    [Fact]
    public void Depth_beyond_all_reason_never_throws_and_what_came_before_counts()
    {
        var hostile = "{\"password\":\"hunter2\",\"a\":" + new string('[', 30_000) + new string(']', 30_000) + "}";

        Assert.Equal(["$.password"], Paths(Encoding.UTF8.GetBytes(hostile)));
    }

    [Fact]
    public void A_million_distinct_names_are_one_subject_and_nothing_is_kept_of_them()
    {
        var rule = new SensitiveProperty();
        var subjects = new HashSet<string>();
        var longest = 0;

        long before = 0;
        for (var body = 0; body < 10_000; body++)
        {
            var reporter = new RecordingReporter();
            rule.Observe(Answer.Json($"{{{string.Join(',', Enumerable.Range(body * 100, 100).Select(i => $"\"k{i}Password\":\"x\""))}}}"), reporter);
            foreach (var (_, occurrence) in reporter.Reports)
            {
                subjects.Add(occurrence.Subject);
                longest = Math.Max(longest, occurrence.Message.Length + occurrence.Evidence.Sum(e => e.Key.Length + (e.Value?.ToString()?.Length ?? 0)));
            }

            if (body == 100)
                before = Reachable.From(rule);
        }

        Assert.Single(subjects);
        Assert.InRange(longest, 1, 2_000);
        Assert.Equal(before, Reachable.From(rule));
    }

    [Fact]
    public void More_properties_than_anybody_reads_are_bounded()
    {
        var json = "{" + string.Join(',', Enumerable.Range(0, 2000).Select(i => $"\"k{(char)('a' + (i % 26))}{(char)('a' + (i / 26 % 26))}{(char)('a' + (i / 676))}\":{{\"password\":\"x\"}}")) + "}";

        Assert.Equal(64, Hits(Encoding.UTF8.GetBytes(json)).Count);
    }

    /// <summary>Duplicated names make a way lead to several places.</summary>
    private static IEnumerable<JsonElement> Ends(JsonElement element, IReadOnlyList<JsonStep> way, int at)
    {
        if (at == way.Count)
            return [element];
        return way[at].Name is { } name
            ? element.ValueKind == JsonValueKind.Object ? element.EnumerateObject().Where(p => p.Name == name).SelectMany(p => Ends(p.Value, way, at + 1)) : []
            : element.ValueKind == JsonValueKind.Array && way[at].Index < element.GetArrayLength() ? Ends(element[way[at].Index], way, at + 1) : [];
    }

    private static IReadOnlyList<IReadOnlyList<JsonStep>> Hits(byte[] bytes, bool isTruncated = false) =>
        SensitiveScan.Run(bytes, isTruncated, 200, SensitiveNames.Plain, new NameVerdicts(SensitiveNames.Plain));

    private static HashSet<string> Ways(byte[] bytes, bool isTruncated) => [.. Hits(bytes, isTruncated).Select(way => string.Join('/', way))];

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static string[] Paths(byte[] bytes, bool isTruncated = false, int status = 200)
    {
        var reporter = new RecordingReporter();
        new SensitiveProperty().Observe(
            new ObservedResponse
            {
                Endpoint = EndpointFacts.WithoutEndpoint(),
                Method = "GET",
                Status = status,
                MediaType = "application/json",
                Body = bytes,
                BytesWritten = bytes.Length,
                IsTruncated = isTruncated,
            },
            reporter);
        return reporter.Reports.Count == 0 ? [] : ((string)reporter.Single.Evidence["paths"]).Split(", ");
    }
}
