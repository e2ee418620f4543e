using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Tests.Signals.Requests;

public class MediaTypesTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("APPLICATION/JSON")]
    [InlineData(" application/json ; x=y")]
    [InlineData("application/problem+json")]
    [InlineData("application/vnd.shop.v2+json")]
    [InlineData("application/x-ndjson")]
    [InlineData("text/plain")]
    [InlineData("text/html; charset=utf-8")]
    [InlineData("application/xml")]
    [InlineData("application/soap+xml")]
    public void Worth_a_copy(string? contentType) => Assert.True(MediaTypes.IsWorthACopy(contentType));

    [Theory]
    [InlineData("text/event-stream")]
    [InlineData("text/event-stream; charset=utf-8")]
    [InlineData("text/css")]
    [InlineData("Text/JavaScript")]
    [InlineData("application/javascript")]
    [InlineData("application/octet-stream")]
    [InlineData("application/grpc")]
    [InlineData("application/pdf")]
    [InlineData("image/png")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("json")]
    [InlineData(";")]
    public void Not_worth_a_copy(string contentType) => Assert.False(MediaTypes.IsWorthACopy(contentType));

    [Theory]
    [InlineData("application/json; charset=utf-8", "application/json", "utf-8")]
    [InlineData("Application/JSON; Charset=\"UTF-16\"", "application/json", "UTF-16")]
    [InlineData("text/plain", "text/plain", null)]
    [InlineData("application/json; boundary=secret", "application/json", null)]
    [InlineData("not a type", null, null)]
    [InlineData("", null, null)]
    [InlineData(null, null, null)]
    public void A_header_is_read_or_left_alone(string? contentType, string? mediaType, string? charset) =>
        Assert.Equal((mediaType, charset), MediaTypes.Parse(contentType));

    [Theory]
    [InlineData("application/json", true)]
    [InlineData("text/json", true)]
    [InlineData("application/problem+json", true)]
    [InlineData("application/x-ndjson", true)]
    [InlineData("text/plain", false)]
    [InlineData("application/jsonp", false)]
    [InlineData(null, false)]
    public void Json_is_told_from_the_rest(string? mediaType, bool expected) => Assert.Equal(expected, MediaTypes.IsJson(mediaType));
}
