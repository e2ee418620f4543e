using Microsoft.Net.Http.Headers;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>Which bodies are worth a copy.</summary>
internal static class MediaTypes
{
    public static bool IsJson(string? mediaType) =>
        mediaType is not null
        && (mediaType is "application/json" or "text/json" or "application/x-ndjson" || mediaType.EndsWith("+json", StringComparison.Ordinal));

    /// <summary>JSON and text; no media type yet may become either. Scripts, style sheets and event streams are not looked at.</summary>
    public static bool IsWorthACopy(string? contentType)
    {
        if (string.IsNullOrEmpty(contentType))
            return true;
        var end = contentType.IndexOf(';', StringComparison.Ordinal);
        var type = (end < 0 ? contentType.AsSpan() : contentType.AsSpan(0, end)).Trim();
        if (type.StartsWith("text/", StringComparison.OrdinalIgnoreCase))
        {
            return !type.Equals("text/event-stream", StringComparison.OrdinalIgnoreCase)
                && !type.Equals("text/css", StringComparison.OrdinalIgnoreCase)
                && !type.Equals("text/javascript", StringComparison.OrdinalIgnoreCase);
        }

        return type.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase)
            || type.Equals("application/x-ndjson", StringComparison.OrdinalIgnoreCase)
            || type.Equals("application/xml", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("+xml", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The media type in lower case and the charset; both <see langword="null"/> for a header nobody can read.</summary>
    public static (string? MediaType, string? Charset) Parse(string? contentType) =>
        // What the framework itself writes, on nearly every response of an API.
        contentType == "application/json; charset=utf-8" ? ("application/json", "utf-8")
        : MediaTypeHeaderValue.TryParse(contentType, out var parsed)
            ? (parsed.MediaType.Value?.ToLowerInvariant(), parsed.Charset.Value?.Trim('"'))
            : (null, null);
}
