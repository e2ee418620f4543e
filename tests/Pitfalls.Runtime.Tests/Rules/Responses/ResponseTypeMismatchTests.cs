using System.Collections.ObjectModel;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

using CsCheck;

using Pitfalls.Runtime.Rules.Responses;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.Responses;

/// <summary>The parts of PIT3005 that need no server; the rest is driven through a real host.</summary>
public class ResponseTypeMismatchTests
{
    private static readonly JsonSerializerOptions s_relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly object s_anonymous = new { Id = 1 };

    [Theory]
    [InlineData(typeof(Order), typeof(Order))]
    [InlineData(typeof(Order), typeof(RushOrder))]
    [InlineData(typeof(object), typeof(Order))]
    [InlineData(typeof(JsonElement), typeof(Order))]
    [InlineData(typeof(IEnumerable<Order>), typeof(List<RushOrder>))]
    [InlineData(typeof(Order[]), typeof(Collection<Order>))]
    [InlineData(typeof(IAsyncEnumerable<Order>), typeof(Order[]))]
    [InlineData(typeof(Dictionary<string, int>), typeof(SortedDictionary<string, int>))]
    [InlineData(typeof(int), typeof(long))]
    [InlineData(typeof(int?), typeof(int))]
    [InlineData(typeof(string), typeof(Guid))]
    [InlineData(typeof(Page<IEnumerable<Order>>), typeof(Page<Order[]>))]
    [InlineData(typeof(Converted), typeof(Order))]
    [InlineData(typeof(List<Order>), typeof(List<object>))]
    public void StaysSilent_between_types_that_json_does_not_tell_apart(Type declared, Type sent) => Assert.Equal(Fit.Same, TypeFit.Of(declared, sent));

    [Theory]
    [InlineData(typeof(Order), typeof(Dictionary<string, object>))]
    [InlineData(typeof(Order), typeof(System.Dynamic.ExpandoObject))]
    [InlineData(typeof(Order), typeof(string))]
    [InlineData(typeof(string), typeof(Order))]
    [InlineData(typeof(Order), typeof(Order[]))]
    [InlineData(typeof(List<Order>), typeof(Order))]
    [InlineData(typeof(Dictionary<string, int>), typeof(Order))]
    [InlineData(typeof(Page<Order>), typeof(Page<string>))]
    public void Flags_types_of_another_outline(Type declared, Type sent) => Assert.Equal(Fit.Other, TypeFit.Of(declared, sent));

    [Fact]
    public void Flags_anonymous_types_alone_and_in_lists()
    {
        var anonymous = s_anonymous.GetType();

        Assert.Equal(Fit.Other, TypeFit.Of(typeof(Order), anonymous));
        Assert.Equal(Fit.Other, TypeFit.Of(typeof(IReadOnlyList<Order>), anonymous.MakeArrayType()));
        Assert.Equal(Fit.Other, TypeFit.Of(typeof(Page<Order>), typeof(Page<>).MakeGenericType(anonymous)));
        Assert.Equal(Fit.Same, TypeFit.Of(typeof(object), anonymous));
    }

    [Theory]
    [InlineData(typeof(Order), typeof(Invoice))]
    [InlineData(typeof(Page<Order>), typeof(Page<Invoice>))]
    public void Leaves_two_classes_to_their_members(Type declared, Type sent) => Assert.Equal(Fit.Unknown, TypeFit.Of(declared, sent));

    [Theory]
    [InlineData(typeof(Order), """{"id":1,"note":"a"}""")]
    [InlineData(typeof(Order), """{"id":1}""")]
    [InlineData(typeof(Order), """{"note":"a","Id":1,"extra":true}""")]
    [InlineData(typeof(Order), """{"ID":1,"NOTE":null}""")]
    [InlineData(typeof(Order), """{"$id":"1","other":2}""")]
    [InlineData(typeof(Order), """{"@odata.context":"x","value":[]}""")]
    [InlineData(typeof(Order), "{}")]
    [InlineData(typeof(Order), """{"id":1,"no""")]
    [InlineData(typeof(Order), "not json")]
    [InlineData(typeof(Order), "")]
    [InlineData(typeof(Renamed), """{"order_number":1}""")]
    [InlineData(typeof(Snake), """{"unit_price":1,"unit-count":2}""")]
    [InlineData(typeof(List<Order>), "[]")]
    [InlineData(typeof(List<Order>), """[{"id":1,"note":"a"},{"other":1}]""")]
    [InlineData(typeof(List<Order>), """{"$id":"1","$values":[]}""")]
    [InlineData(typeof(List<int>), "[1,2]")]
    [InlineData(typeof(Dictionary<string, Order>), """{"anything":{}}""")]
    [InlineData(typeof(Converted), """{"anything":1}""")]
    [InlineData(typeof(IEmpty), """{"anything":1}""")]
    [InlineData(typeof(IOrder), """{"id":1,"name":"a","more":2}""")]
    [InlineData(typeof(object), "5")]
    [InlineData(typeof(int), "5")]
    [InlineData(typeof(DayOfWeek), "\"Monday\"")]
    [InlineData(typeof(string), """{"a":1}""")]
    [InlineData(typeof(LeftOut), """{"name":"a"}""")]
    public void StaysSilent_on_bodies_that_may_be_the_declared_type(Type declared, string body) =>
        Assert.Null(JsonShape.Difference(declared, Encoding.UTF8.GetBytes(body), isExact: false));

    [Theory]
    [InlineData(typeof(Order), """{"number":1}""", "an object without Id, Note")]
    [InlineData(typeof(Order), """{"note":"a","number":1}""", "an object without Id")]
    [InlineData(typeof(Order), "[]", "a list")]
    [InlineData(typeof(Order), "\"done\"", "a string")]
    [InlineData(typeof(Order), "5", "a number")]
    [InlineData(typeof(Order), "true", "a boolean")]
    [InlineData(typeof(List<Order>), """{"id":1}""", "an object")]
    [InlineData(typeof(Order[]), """[{"number":1}]""", "a list: an object without Id, Note")]
    [InlineData(typeof(int), """{"id":1}""", "an object")]
    [InlineData(typeof(Renamed), """{"number":1}""", "an object without Number")]
    public void Flags_bodies_that_cannot_be_the_declared_type(Type declared, string body, string difference) =>
        Assert.Equal(difference, JsonShape.Difference(declared, Encoding.UTF8.GetBytes(body), isExact: false));

    [Theory]
    [InlineData("""{"id":1,"note":"a","secret":true}""", "an object with other members")]
    [InlineData("""{"note":"a"}""", "an object without Id")]
    [InlineData("""{"id":1,"note":"a"}""", null)]
    [InlineData("""{"id":1}""", null)]
    public void Flags_any_other_member_once_the_type_is_known_to_be_another(string body, string? difference) =>
        Assert.Equal(difference, JsonShape.Difference(typeof(Order), Encoding.UTF8.GetBytes(body), isExact: true));

    [Theory]
    [InlineData(typeof(Order), """{"id":1,"note":"a"}""", true)]
    [InlineData(typeof(Order), """{"id":1}""", true)]
    [InlineData(typeof(Order), """{"id":1,"title":"Conflict"}""", false)]
    [InlineData(typeof(Order), """{"title":"Conflict"}""", false)]
    [InlineData(typeof(Order), "{}", false)]
    [InlineData(typeof(Order), "[]", false)]
    [InlineData(typeof(Order), "", false)]
    [InlineData(typeof(Order), """{"id":1""", false)]
    [InlineData(typeof(void), "{}", false)]
    [InlineData(typeof(object), "{}", false)]
    [InlineData(typeof(Dictionary<string, int>), """{"id":1}""", false)]
    public void Knows_a_handlers_own_object(Type type, string body, bool expected) => Assert.Equal(expected, JsonShape.IsObjectOf(type, Encoding.UTF8.GetBytes(body)));

    [Theory]
    [InlineData("{\"a\":1}")]
    [InlineData(" [1,2] ")]
    [InlineData("[{}]")]
    [InlineData("{\"text\":\"with \\\"quotes\\\" and ünïcode\"}")]
    public void Flags_json_in_a_json_string(string inner)
    {
        Assert.True(JsonText.HoldsJson(JsonSerializer.SerializeToUtf8Bytes(inner), isCut: false));
        Assert.True(JsonText.HoldsJson([.. " \n"u8, .. JsonSerializer.SerializeToUtf8Bytes(inner, s_relaxed)], isCut: false));
    }

    [Theory]
    [InlineData("\"text\"")]
    [InlineData("\"{not json}\"")]
    [InlineData("\"[sold out]\"")]
    [InlineData("\"{}\"")]
    [InlineData("\"[]\"")]
    [InlineData("\"5\"")]
    [InlineData("\"\"")]
    [InlineData("{\"a\":\"{}\"}")]
    [InlineData("[\"{}\"]")]
    [InlineData("\"{\\\"a\\\":1}\" \"{\\\"a\\\":1}\"")]
    [InlineData("\"{\\\"a\\\":1}")]
    [InlineData("null")]
    [InlineData("")]
    public void StaysSilent_on_other_texts(string body) => Assert.False(JsonText.HoldsJson(Encoding.UTF8.GetBytes(body), isCut: false));

    [Fact]
    public void Flags_a_text_that_was_cut_off()
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(JsonSerializer.Serialize(new { Text = new string('x', 100_000) }));

        Assert.True(JsonText.HoldsJson(body.AsSpan(0, 65_536), isCut: true));
        Assert.False(JsonText.HoldsJson(JsonSerializer.SerializeToUtf8Bytes("{ " + new string('x', 100_000)).AsSpan(0, 65_536), isCut: true));
    }

    [Fact]
    public void NeverThrows_whatever_the_body_is() =>
        Gen.Byte.Array[0, 200].Sample(
            bytes =>
            {
                _ = JsonText.HoldsJson(bytes, isCut: false);
                _ = JsonText.HoldsJson([(byte)'"', (byte)'{', .. bytes, (byte)'"'], isCut: true);
                _ = JsonShape.Difference(typeof(Order), bytes, isExact: true);
                _ = JsonShape.Difference(typeof(List<Order>), [(byte)'[', (byte)'{', .. bytes], isExact: false);
            },
            iter: 20_000);

    [Fact]
    public void Says_nothing_of_an_endpoint_it_does_not_know()
    {
        var reporter = new RecordingReporter();

        new ResponseTypeMismatch().Observe(Support.Responses.Json("""{"a":1}""", 409) with { Sent = new() { Status = 409 } }, reporter);
        new UndeclaredResponseType().Observe(Support.Responses.Json("""{"a":1}"""), reporter);

        Assert.Empty(reporter.Reports);
    }

    [Fact]
    public void Flags_middleware_that_serialises_twice()
    {
        var reporter = new RecordingReporter();

        new ResponseTypeMismatch().Observe(Support.Responses.Json(JsonSerializer.Serialize("""{"a":1}""")), reporter);

        Assert.Equal("GET (no endpoint) twice", reporter.Single.Subject);
    }

    public record Order(int Id, string? Note);

    public record RushOrder(int Id, string? Note, int Hours) : Order(Id, Note);

    public record Invoice(int Number);

    public record Page<T>(T Items);

    public record Renamed([property: JsonPropertyName("order_number")] int Number);

    public record Snake(int UnitPrice, int UnitCount);

    [JsonConverter(typeof(JsonStringEnumConverter))]
    public record Converted;

    public record LeftOut(string Name)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public int Count { get; init; }
    }

    public interface IEmpty;

    public interface INamed
    {
        string Name { get; }
    }

    public interface IOrder : INamed
    {
        int Id { get; }
    }
}
