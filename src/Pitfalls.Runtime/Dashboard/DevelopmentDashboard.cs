using System.Net;
using System.Reflection;

using Microsoft.AspNetCore.Builder.Extensions;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Signals.Startup;

namespace Pitfalls.Runtime.Dashboard;

/// <summary>The page as it is mounted by itself: in Development only, for this machine only.</summary>
internal sealed class DevelopmentDashboard(DashboardPages pages, LiveOptions options, HostFacts host, Pipeline pipeline, IServiceProvider services) : ISideDoor
{
    private readonly PathString _path = options.Current.DashboardPath;
    private readonly Lazy<PathString[]> _bases = new(() => [.. pipeline.Read().Select(PathBaseOf).Where(p => p.HasValue)]);
    private readonly Lazy<bool> _isInMemory = new(() => services.GetService<IServer>()?.GetType().FullName == "Microsoft.AspNetCore.TestHost.TestServer");

    public Task? TryHandle(HttpContext context)
    {
        // Elsewhere, and for everybody else, the path is the app's like any other: 404, or MapPitfalls with its authorization.
        return host.IsDevelopment && IsOurs(context.Request.Path, out var rest) && LocalCaller.Is(context, _isInMemory.Value)
            ? pages.AnswerAsync(context, rest.Value ?? "")
            : null;
    }

    /// <summary>At the root, and below each base that the app takes off the path: that happens behind us.</summary>
    private bool IsOurs(PathString path, out PathString rest)
    {
        if (path.StartsWithSegments(_path, out rest))
            return true;
        if (path.Value?.Contains(_path.Value!, StringComparison.OrdinalIgnoreCase) != true)
            return false;
        foreach (var pathBase in _bases.Value)
        {
            if (path.StartsWithSegments(pathBase, out var below) && below.StartsWithSegments(_path, out rest))
                return true;
        }

        return false;
    }

    // The middleware keeps its base to itself. Where the field is called otherwise, the page is at the root alone.
    private static PathString PathBaseOf(object middleware) =>
        middleware is UsePathBaseMiddleware
        && typeof(UsePathBaseMiddleware).GetField("_pathBase", BindingFlags.Instance | BindingFlags.NonPublic)?.GetValue(middleware) is PathString pathBase
            ? pathBase
            : default;
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
    public static bool Is(HttpContext context, bool isInMemory)
    {
        // No address at all is an in-memory server, a test's; or a Unix socket or a named pipe, and there a proxy may be the one that speaks.
        if (context.Connection.RemoteIpAddress is not { } peer ? !isInMemory : !IPAddress.IsLoopback(peer))
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
