namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>Recognises what the developer exception page writes, in its three forms.</summary>
/// <remarks>Markers read off ASP.NET Core 10: <c>DeveloperExceptionPageMiddlewareImpl</c> writes HTML, plain text, or problem details.</remarks>
internal static class DeveloperPage
{
    public static bool Made(ReadOnlySpan<byte> body) =>
        // Plain text ends with the request's headers under a ruled line.
        (body.IndexOf("HEADERS"u8) >= 0 && body.IndexOf("======="u8) >= 0)
        // Problem details get the exception with the request's headers as an extension.
        || (body.IndexOf("\"exception\":{\"details\":"u8) >= 0 && body.IndexOf("\"headers\":"u8) >= 0)
        // The page has its tabs.
        || (body.IndexOf("id=\"stackpage\""u8) >= 0 && body.IndexOf("class=\"titleerror\""u8) >= 0);
}
