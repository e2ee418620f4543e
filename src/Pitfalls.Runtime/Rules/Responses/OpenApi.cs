using System.Text.Json;

namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>Recognises documents that describe an API instead of answering for it.</summary>
internal static class OpenApi
{
    /// <summary>
    /// An OpenAPI, Swagger, AsyncAPI or JSON-schema document: one whose root says so. The same word deeper down is data like any other, and so
    /// is a <c>$schema</c> that merely points to a schema of the data.
    /// </summary>
    public static bool IsDocument(ReadOnlySpan<byte> body)
    {
        // Cut bodies are never the final block: what was cut off cannot be asked for.
        var reader = new Utf8JsonReader(body, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions
        {
            AllowTrailingCommas = true,
            CommentHandling = JsonCommentHandling.Skip,
            MaxDepth = 256,
        }));
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isVersion = reader.ValueTextEquals("openapi"u8) || reader.ValueTextEquals("swagger"u8) || reader.ValueTextEquals("asyncapi"u8);
                var isSchema = reader.ValueTextEquals("$schema"u8);
                if (!reader.Read())
                    return false;
                if (reader.TokenType == JsonTokenType.String
                    && ((isVersion && reader.ValueSpan is [>= (byte)'1' and <= (byte)'9', (byte)'.', ..])
                        || (isSchema && reader.ValueSpan.IndexOf("json-schema.org"u8) >= 0)))
                    return true;
                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && !reader.TrySkip())
                    return false;
            }
        }
        catch (JsonException)
        {
            // Not JSON after all.
        }

        return false;
    }
}
