using System.Text;
using System.Text.Json;

namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>Recognises a JSON text that is one string, and in that string JSON again.</summary>
internal static class JsonText
{
    public static bool HoldsJson(ReadOnlySpan<byte> body, bool isCut)
    {
        body = body.TrimStart(" \r\n\t"u8);
        // Cheap first: {"… or [… in quotes.
        if (body.Length < 4 || body[0] != (byte)'"' || body[1..].TrimStart(" nrt\\"u8) is not [(byte)'{' or (byte)'[', ..])
            return false;
        if (isCut)
            return body[1..].StartsWith("{\\\""u8) || body[1..].StartsWith("{\\u0022"u8) || body[1..].StartsWith("[{\\"u8);
        try
        {
            var outer = new Utf8JsonReader(body);
            if (!outer.Read() || outer.TokenType != JsonTokenType.String || Encoding.UTF8.GetBytes(outer.GetString()!) is not { } text || outer.Read())
                return false;
            var inner = new Utf8JsonReader(text);
            var tokens = 0;
            while (inner.Read())
                tokens++;
            // Brackets with nothing in them may be anybody's text.
            return tokens > 2;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
