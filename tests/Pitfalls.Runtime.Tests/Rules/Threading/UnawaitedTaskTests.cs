using System.Text.Json;
using System.Text.Json.Serialization;

using Pitfalls.Runtime.Rules.Threading;
using Pitfalls.Runtime.Signals.Exceptions;
using Pitfalls.Runtime.Tests.Support;

using Answer = Pitfalls.Runtime.Tests.Support.Responses;

namespace Pitfalls.Runtime.Tests.Rules.Threading;

public class UnawaitedTaskTests
{
    private static readonly UnobservedFault s_fault = new()
    {
        Type = "System.Net.Mail.SmtpException",
        Location = new PitfallLocation { Function = "Shop.Mails.SendAsync", File = "Mails.cs", Line = 7 },
        Subject = "Shop.Mails.SendAsync",
        Route = "POST /orders",
        ThrownBy = "System.Net.Mail.SmtpClient.Send",
    };

    private static readonly JsonSerializerOptions s_withoutNulls = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly RecordingReporter _reporter = new();

    public static TheoryData<JsonSerializerOptions, string> Policies { get; } = new()
    {
        { Named(JsonNamingPolicy.CamelCase), "$.days" },
        { Named(null), "$.Days" },
        { Named(JsonNamingPolicy.SnakeCaseLower), "$.days" },
        { Named(JsonNamingPolicy.KebabCaseUpper), "$.DAYS" },
    };

    [Theory]
    [MemberData(nameof(Policies), DisableDiscoveryEnumeration = true)]
    public void Flags_a_task_as_the_serializer_writes_it(JsonSerializerOptions options, string path)
    {
        Observe(JsonSerializer.Serialize(new { Id = 1, Days = Task.FromResult(new { Count = 3 }) }, options));

        Assert.Equal(path, _reporter.Single.Evidence["path"]);
    }

    [Fact]
    public void Flags_every_kind_of_task()
    {
        var source = new TaskCompletionSource();
        object[] bodies =
        [
            Task.FromResult(1), Task.CompletedTask, new ValueTask<int>(1), default(ValueTask), source.Task,
            new[] { Task.FromResult(1) }, new { a = new { b = new[] { new { c = new ValueTask<string>("x") } } } }, new Dictionary<string, Task<int>> { ["one"] = Task.FromResult(1) },
        ];
        foreach (var body in bodies)
        {
            Observe(JsonSerializer.Serialize(body, JsonSerializerOptions.Web));
            Observe(JsonSerializer.Serialize(body, s_withoutNulls));
        }

        Assert.Equal(bodies.Length * 2, _reporter.Reports.Count);
    }

    [Fact]
    public void Flags_one_in_a_cut_body_that_ends_behind_it()
    {
        var json = JsonSerializer.Serialize(new { days = Task.FromResult(1), rest = "long" }, JsonSerializerOptions.Web);

        new UnawaitedTask().Observe(Answer.Json(json[..^8], isTruncated: true), _reporter);

        Assert.Equal("$.days", _reporter.Single.Evidence["path"]);
    }

    [Fact]
    public void Flags_one_that_leaves_out_defaults()
    {
        Observe("""{"result":3,"id":17,"status":5,"isCompleted":true,"isCompletedSuccessfully":true}""");

        Assert.Equal("$", _reporter.Single.Evidence["path"]);
    }

    [Theory]
    [InlineData("""{"isCompleted":true,"status":"done","title":"a to-do"}""")]
    [InlineData("""{"isCompleted":true,"isCanceled":false,"isFaulted":false}""")]
    [InlineData("""{"id":1,"result":{"isCompleted":true},"status":5,"isCompletedSuccessfully":true}""")]
    [InlineData("""{"isCompleted":"yes","isCompletedSuccessfully":"yes","isFaulted":"no"}""")]
    [InlineData("""["isCompleted","isCompletedSuccessfully","isFaulted"]""")]
    [InlineData("""{"type":"object","properties":{"isCompleted":{"type":"boolean"},"isCompletedSuccessfully":{"type":"boolean"},"isFaulted":{}}}""")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("{ no json")]
    public void StaysSilent_on_what_is_no_task(string body)
    {
        Observe(body);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_on_what_is_no_json()
    {
        new UnawaitedTask().Observe(Answer.Of(JsonSerializer.Serialize(Task.FromResult(1), JsonSerializerOptions.Web), "text/html"), _reporter);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void Never_falls_over_a_body()
    {
        foreach (var body in (string[])["{\"a\":", "{\"a\":[[[[", new string('[', 200), "{\"\":{\"isCompleted\":true", "{\"isCompleted\":true}{\"isFaulted\":true}"])
            Observe(body);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void Flags_a_fault_that_nobody_observed()
    {
        new UnawaitedTask().Observe(s_fault, _reporter);

        Assert.Equal("Shop.Mails.SendAsync failed with SmtpException, and nobody awaited its task, started in POST /orders.", _reporter.Single.Message);
        Assert.Equal("System.Net.Mail.SmtpClient.Send", _reporter.Single.Evidence["thrownBy"]);
    }

    [Fact]
    public void StaysSilent_on_a_fault_that_somebody_told_of()
    {
        new UnawaitedTask().Observe(s_fault with { WasTold = true }, _reporter);

        Assert.Empty(_reporter.Reports);
    }

    private static JsonSerializerOptions Named(JsonNamingPolicy? policy) => new() { PropertyNamingPolicy = policy };

    private void Observe(string body) => new UnawaitedTask().Observe(Answer.Json(body), _reporter);
}
