using Microsoft.AspNetCore.Http;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>Whether a response sent the request's foreign origin back and allowed credentials, past the framework's own CORS middleware.</summary>
internal static class EchoedOrigin
{
    /// <summary>
    /// <see langword="null"/>: it did not. Else a number that stands for the site – <c>shop.example</c> of <c>https://eu.shop.example</c> – and 0 for the
    /// origin <c>null</c>, which anybody can have. The origin itself is a value of the request and is not kept.
    /// </summary>
    public static int? SiteOf(HttpContext context)
    {
        var origin = context.Request.Headers.Origin;
        if (origin.Count != 1 || origin[0] is not { Length: > 0 } text)
            return null;
        var headers = context.Response.Headers;
        if (headers.AccessControlAllowCredentials.ToString() != "true" || !string.Equals(headers.AccessControlAllowOrigin.ToString(), text, StringComparison.OrdinalIgnoreCase))
            return null;
        // What the middleware let in was its policy's decision, and policies are asked at start. It leaves its mark where there is an endpoint.
        if (context.GetEndpoint() is null || context.Items.ContainsKey("__CorsMiddlewareWithEndpointInvoked"))
            return null;
        if (text == "null")
            return 0;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || string.Equals(uri.Host, context.Request.Host.Host, StringComparison.OrdinalIgnoreCase))
            return null;
        var labels = uri.Host.Split('.');
        var site = string.GetHashCode(string.Join('.', labels.TakeLast(2)), StringComparison.OrdinalIgnoreCase);
        return site == 0 ? 1 : site;
    }
}
