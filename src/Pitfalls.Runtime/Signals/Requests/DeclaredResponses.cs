using System.Reflection;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.Controllers;
using Microsoft.AspNetCore.Routing;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>What an endpoint tells the world it answers: what OpenAPI documents and generated clients are made of.</summary>
internal sealed record DeclaredResponses
{
    public static readonly DeclaredResponses None = new();

    /// <summary>Status and type by attributes and metadata; no type: a body is not spoken of.</summary>
    public IReadOnlyList<(int Status, Type? Type)> All { get; init; } = [];

    /// <summary>A default response is declared: any status may be meant by it.</summary>
    public bool HasDefault { get; init; }

    /// <summary>What the handler returns, without the task and <c>ActionResult&lt;&gt;</c> around it; <see langword="null"/> where nobody describes its handler.</summary>
    public Type? Returned { get; init; }

    /// <summary>It is a controller's action.</summary>
    public bool IsAction { get; init; }

    /// <summary>It is kept out of descriptions: nobody makes a client from what it declares.</summary>
    public bool IsHidden { get; init; }

    /// <summary>Whether some success is declared: only then a status that is missing was forgotten.</summary>
    public bool HasSuccess => All.Any(r => r.Status is >= 200 and < 400);

    public bool Has(int status) => All.Any(r => r.Status == status);

    /// <summary>The types declared for a status. An action's return type stands for 200 where no attribute speaks of it.</summary>
    public IEnumerable<Type> TypesFor(int status)
    {
        var any = false;
        foreach (var (_, type) in All.Where(r => r.Status == status && r.Type is not null && r.Type != typeof(void)))
        {
            any = true;
            yield return type!;
        }

        if (!any && status == StatusCodes.Status200OK && IsAction && Returned is { } returned && returned != typeof(void) && !IsResult(returned))
            yield return returned;
    }

    /// <summary>The types of all its successes, and what its handler returns.</summary>
    public IEnumerable<Type> Sent()
    {
        foreach (var (status, type) in All)
        {
            if (status is >= 200 and < 300 && type is not null)
                yield return type;
        }

        if (Returned is { } returned && !IsResult(returned))
            yield return returned;
    }

    /// <summary>Whether a handler that returns this says nothing of what it sends.</summary>
    public static bool IsOpen(Type type) => type == typeof(IResult) || type == typeof(IActionResult) || type == typeof(ActionResult) || type == typeof(object);

    public static DeclaredResponses Of(IReadOnlyList<object> metadata, MethodInfo? handler, ControllerActionDescriptor? action)
    {
        var all = new HashSet<(int, Type?)>();
        var hasDefault = false;
        foreach (var item in Speaking(metadata, action))
        {
            hasDefault |= item is IApiDefaultResponseMetadataProvider;
            switch (item)
            {
                // [Produces("application/json")] names a format; its status is nobody's statement.
                case IApiDefaultResponseMetadataProvider or ProducesAttribute { Type: null }:
                    break;
                case ProducesAttribute produces:
                    all.Add((StatusCodes.Status200OK, produces.Type));
                    break;
                case IProducesResponseTypeMetadata produces:
                    all.Add((produces.StatusCode, produces.Type));
                    break;
                case IApiResponseMetadataProvider provider:
                    all.Add((provider.StatusCode, provider.Type));
                    break;
            }
        }

        return new DeclaredResponses
        {
            All = [.. all],
            HasDefault = hasDefault,
            Returned = handler is null ? null : Unwrapped(handler.ReturnType),
            IsAction = action is not null,
            IsHidden = IsExcluded(metadata, action),
        };
    }

    /// <summary>Attributes and metadata, and what a convention says of an action.</summary>
    private static IEnumerable<object> Speaking(IReadOnlyList<object> metadata, ControllerActionDescriptor? action) =>
        action is not null && action.Properties.TryGetValue(typeof(ApiConventionResult), out var convention) && convention is ApiConventionResult result
            ? metadata.Concat(result.ResponseMetadataProviders)
            : metadata;

    private static bool IsExcluded(IReadOnlyList<object> metadata, ControllerActionDescriptor? action) =>
        metadata.OfType<IExcludeFromDescriptionMetadata>().LastOrDefault()?.ExcludeFromDescription == true
        // MVC notes on an action that it is to be described: an API controller's, unless it is told not to.
        || (action is not null && !action.Properties.ContainsKey(typeof(ApiDescriptionActionData)));

    private static bool IsResult(Type type) => typeof(IResult).IsAssignableFrom(type) || typeof(IActionResult).IsAssignableFrom(type);

    private static Type Unwrapped(Type type)
    {
        if (type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(Task<>) || type.GetGenericTypeDefinition() == typeof(ValueTask<>)))
            type = type.GetGenericArguments()[0];
        if (type == typeof(Task) || type == typeof(ValueTask))
            return typeof(void);
        return type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ActionResult<>) ? type.GetGenericArguments()[0] : type;
    }
}
