using System.Diagnostics;
using System.Text.Json;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Sinks;

namespace Pitfalls.Runtime.Dashboard;

/// <summary>Answers for the page, its files and its API. Who may ask is decided before.</summary>
internal sealed class DashboardPages(DashboardAssets assets, FindingStore store, SarifLog sarif, StatusReport status, SeriesReport series)
{
    private const string Json = "application/json; charset=utf-8";

    /// <summary>Trusted types and no inline script: whatever a finding's text holds, it stays text.</summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    // The store's version starts anew with each host: the tag must not.
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];

    /// <summary>What everybody gets who may not ask.</summary>
    public static Task HideAsync(HttpContext context)
    {
        LeaveOut(context);
        return NotFound(context.Response);
    }

    /// <param name="context">The request.</param>
    /// <param name="path">What follows the mount path: empty or starting with a slash.</param>
    public Task AnswerAsync(HttpContext context, string path)
    {
        LeaveOut(context);
        var (request, response) = (context.Request, context.Response);
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            response.Headers.Allow = "GET, HEAD";
            return Task.CompletedTask;
        }

        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        response.Headers.CacheControl = "no-cache";
        switch (path)
        {
            case "":
                // Relative links need the slash. Relative themselves, so that a prefix a proxy has stripped is kept.
                response.StatusCode = StatusCodes.Status302Found;
                response.Headers.Location = request.Path.Value![(request.Path.Value!.LastIndexOf('/') + 1)..] + "/";
                return Task.CompletedTask;
            case "/api/findings":
                return FindingsAsync(context);
            case "/api/findings.sarif":
                return SarifAsync(context);
            case "/api/series":
                return SendAsync(context, series.Make(), Json);
            case "/api/status":
                return SendAsync(context, JsonSerializer.SerializeToUtf8Bytes(status.Make(), StatusJson.Default.StatusDocument), Json);
            default:
                return assets.Find(path == "/" ? "index.html" : path[1..]) is { } asset ? FileAsync(context, asset) : NotFound(response);
        }
    }

    private Task FindingsAsync(HttpContext context)
    {
        // Read before the findings: a finding written in between is then merely sent once more.
        var tag = $"\"{_run}-{store.Version}\"";
        return IsKnown(context, tag)
            ? Task.CompletedTask
            : SendAsync(context, JsonSerializer.SerializeToUtf8Bytes(store.All(), FindingJson.Default.IReadOnlyListFinding), Json);
    }

    private Task SarifAsync(HttpContext context)
    {
        var tag = $"\"{_run}-{store.Version}-sarif\"";
        return IsKnown(context, tag) ? Task.CompletedTask : SendAsync(context, sarif.Write(store.All()), SarifLog.MediaType);
    }

    private static Task FileAsync(HttpContext context, DashboardAsset asset) =>
        IsKnown(context, asset.ETag) ? Task.CompletedTask : SendAsync(context, asset.Bytes, asset.ContentType);

    private static bool IsKnown(HttpContext context, string tag)
    {
        context.Response.Headers.ETag = tag;
        if (!context.Request.Headers.IfNoneMatch.Any(value => value is not null && value.Split(',').Any(t => t.Trim() is var one && (one == tag || one == "W/" + tag || one == "*"))))
            return false;
        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }

    private static async Task SendAsync(HttpContext context, ReadOnlyMemory<byte> body, string contentType)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Our own traffic is not the app's: it stays out of its metrics and traces.</summary>
    private static void LeaveOut(HttpContext context)
    {
        if (context.Features.Get<IHttpMetricsTagsFeature>() is { } metrics)
            metrics.MetricsDisabled = true;
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is { } activity)
            activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }

    private static Task NotFound(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }
}
