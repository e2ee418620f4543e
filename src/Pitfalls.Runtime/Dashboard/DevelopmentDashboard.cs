using System.Net;

using Microsoft.AspNetCore.Http;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Dashboard;

/// <summary>The page as it is mounted by itself: in Development only, for this machine only.</summary>
internal sealed class DevelopmentDashboard(DashboardPages pages, LiveOptions options, HostFacts host) : ISideDoor
{
    private readonly PathString _path = options.Current.DashboardPath;

    public Task? TryHandle(HttpContext context)
    {
        // Elsewhere, and for everybody else, the path is the app's like any other: 404, or MapPitfalls with its authorization.
        return host.IsDevelopment && context.Request.Path.StartsWithSegments(_path, out var rest) && LocalCaller.Is(context)
            ? pages.AnswerAsync(context, rest.Value ?? "")
            : null;
    }
}

/// <summary>Whether a request truly comes from this machine.</summary>
internal static class LocalCaller
{
    private static readonly string[] s_forwarding =
    [
        "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Real-IP", "X-Original-For",
        "X-Original-Host", "X-Original-Proto", "X-Original-URL",
    ];

    /// <summary>
    /// A loopback peer alone proves nothing: behind a proxy on the same machine every caller is one. So nothing may speak of a
    /// proxy, and the host asked for must be this machine too, else a foreign page could have its name resolve to 127.0.0.1 and read along.
    /// </summary>
    public static bool Is(HttpContext context)
    {
        // No address at all is an in-memory server: a test's.
        if (context.Connection.RemoteIpAddress is { } peer && !IPAddress.IsLoopback(peer))
            return false;
        foreach (var header in context.Request.Headers)
        {
            if (Array.Exists(s_forwarding, name => string.Equals(name, header.Key, StringComparison.OrdinalIgnoreCase))
                || header.Key.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
                || header.Key.StartsWith("X-Original-", StringComparison.OrdinalIgnoreCase))
                return false;
        }

        return IsLoopbackHost(context.Request.Host.Host);
    }

    private static bool IsLoopbackHost(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
