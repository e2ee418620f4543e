using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

using Pitfalls.Runtime;
using Pitfalls.Runtime.Dashboard;
using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Mounts the page with the findings outside Development, and allows pitfalls on endpoints.</summary>
public static class PitfallEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Mounts the page with the findings at <c>Pitfalls:Dashboard:Path</c>. It needs an authorization requirement
    /// (<c>app.MapPitfalls().RequireAuthorization()</c>); without one it answers 404 and one warning says why.
    /// </summary>
    /// <param name="endpoints">The app's endpoints.</param>
    /// <returns>For the authorization requirement and other conventions.</returns>
    /// <exception cref="InvalidOperationException"><c>AddPitfallDetection</c> was not called.</exception>
    public static IEndpointConventionBuilder MapPitfalls(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        var pages = services.GetService<DashboardPages>()
            ?? throw new InvalidOperationException("Call builder.Services.AddPitfallDetection() before app.MapPitfalls().");
        var options = services.GetRequiredService<LiveOptions>();
        var mount = options.Current.DashboardPath;
        var loggers = services.GetRequiredService<ILoggerFactory>();
        var warned = 0;

        return endpoints.Map(mount + "/{**path}", Answer).WithDisplayName("Pitfalls").ExcludeFromDescription();

        Task Answer(HttpContext context)
        {
            if (options.Current.Profile != PitfallProfile.Off && IsProtected(context.GetEndpoint()))
                return pages.AnswerAsync(context, Rest(context));
            if (options.Current.Profile != PitfallProfile.Off && Interlocked.Exchange(ref warned, 1) == 0)
                SafeLog.Try(loggers, logger => Log.DashboardUnprotected(logger, mount));
            return DashboardPages.HideAsync(context);
        }

        // The route value would have lost the slash that tells "/_pitfalls" from "/_pitfalls/". Under a route group there is more before the mount path.
        string Rest(HttpContext context)
        {
            var path = context.Request.Path.Value ?? "";
            // Middleware after routing may have changed the path: then it is none of ours, and 404.
            return path.IndexOf(mount, StringComparison.OrdinalIgnoreCase) is >= 0 and var at ? path[(at + mount.Length)..] : path;
        }
    }

    /// <summary>Allows a pitfall on purpose on an endpoint or a group: <c>.AllowPitfall("PIT3003", "the key is public")</c>.</summary>
    /// <typeparam name="TBuilder">The kind of builder.</typeparam>
    /// <param name="builder">The endpoint or group.</param>
    /// <param name="rule">The rule's id or name.</param>
    /// <param name="reason">Why it is right here, for the next reader.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentException"><paramref name="rule"/> or <paramref name="reason"/> is empty.</exception>
    public static TBuilder AllowPitfall<TBuilder>(this TBuilder builder, string rule, string reason)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(rule);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        return builder.WithMetadata(new AllowPitfallAttribute(rule, reason));
    }

    private static bool IsProtected(Endpoint? endpoint) =>
        endpoint is not null
        && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null
        && (endpoint.Metadata.GetMetadata<IAuthorizeData>() is not null
            || endpoint.Metadata.GetMetadata<AuthorizationPolicy>() is not null
            || endpoint.Metadata.GetMetadata<IAuthorizationRequirementData>() is not null);
}
