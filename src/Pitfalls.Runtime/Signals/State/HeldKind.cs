using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>Things that should not be found in a field that lives as long as the process.</summary>
internal enum HeldKind
{
    None,
    HttpContext,
    HttpRequest,
    HttpResponse,
    HttpContextAccessor,
    Application,
    ServiceScope,
    ServiceProvider,
    DbContext,
}

/// <summary>Tells them by their types alone: an object that decides by itself what it can be cast to is not asked.</summary>
internal static class HeldKinds
{
    public static HeldKind Of(Type type) =>
        typeof(HttpContext).IsAssignableFrom(type) ? HeldKind.HttpContext
        : typeof(HttpRequest).IsAssignableFrom(type) ? HeldKind.HttpRequest
        : typeof(HttpResponse).IsAssignableFrom(type) ? HeldKind.HttpResponse
        : typeof(IHttpContextAccessor).IsAssignableFrom(type) ? HeldKind.HttpContextAccessor
        : typeof(IHost).IsAssignableFrom(type) || typeof(IApplicationBuilder).IsAssignableFrom(type) ? HeldKind.Application
        : typeof(IServiceScope).IsAssignableFrom(type) ? HeldKind.ServiceScope
        : typeof(IServiceProvider).IsAssignableFrom(type) ? HeldKind.ServiceProvider
        : IsDbContext(type) ? HeldKind.DbContext
        : HeldKind.None;

    /// <summary>
    /// What a field keeps: by its declaration, which is what its author meant to keep there. The root scope is a scope factory, a provider
    /// and a scope at once, so what a field does not say it is, it is not – but for requests, contexts and apps, which are what they are.
    /// </summary>
    public static HeldKind In(Type declared, HeldKind held)
    {
        var meant = Of(declared);
        for (var type = declared; meant == HeldKind.None && type is { IsGenericType: true }; type = type.GetGenericArguments()[^1])
            meant = Of(type.GetGenericArguments()[^1]);
        return meant != HeldKind.None ? meant
            : declared == typeof(object) || held is not (HeldKind.ServiceProvider or HeldKind.ServiceScope or HeldKind.HttpContextAccessor) ? held
            : HeldKind.None;
    }

    /// <summary>By name: the library has no reference to EF Core.</summary>
    private static bool IsDbContext(Type type)
    {
        for (var at = type; at is not null; at = at.BaseType)
        {
            if (at.FullName == "Microsoft.EntityFrameworkCore.DbContext")
                return true;
        }

        return false;
    }
}
