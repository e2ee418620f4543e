using System.Reflection;
using System.Text.RegularExpressions;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.Controllers;
using Microsoft.AspNetCore.Routing;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>What is known about one endpoint: its name, its handler, what it declares, and when its next response is due to be looked at.</summary>
/// <remarks>
/// What takes reflection and files is read when somebody asks, which is the judge on its own thread: the first request of an endpoint,
/// the one everybody waits for after a start, is spared it.
/// </remarks>
internal sealed partial class EndpointFacts
{
    public const int FirstResponses = 20;

    private static readonly string[] s_bodilessTypes = ["System.Void", "Microsoft.AspNetCore.Http.IResult", "Microsoft.AspNetCore.Mvc.IActionResult"];

    private readonly Lazy<Reading> _reading;
    private readonly Lazy<PitfallLocation?> _location;
    private volatile NamedRoute? _route;
    private long _nextDue;
    private int _seen;
    private int _stackTickets;

    private EndpointFacts(Func<Reading> read, SourceLocator? locator)
    {
        // Without a lock: a request that asks for itself must not wait for the judge. Read twice, it says the same.
        _reading = new(read, LazyThreadSafetyMode.PublicationOnly);
        _location = new(() => Handler is not null && IsUserCode ? locator?.Locate(Handler) : null);
    }

    /// <summary>The method that handles it; <see langword="null"/> where none is known.</summary>
    public MethodInfo? Handler => _reading.Value.Handler;

    /// <summary>Whether the user wrote the handler. An answer without an endpoint counts: some middleware of theirs may have made it.</summary>
    public bool IsUserCode => _reading.Value.IsUserCode;

    /// <summary>The handler belongs to the framework itself: what it sends is by its design.</summary>
    public bool IsFrameworkCode => !IsUserCode && Handler?.Module.Assembly.GetName().Name?.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal) == true;

    public bool HasEndpoint { get; private init; } = true;

    /// <summary>Our own page: what it sends is about pitfalls and none itself.</summary>
    public bool IsOurs => Handler?.Module == typeof(EndpointFacts).Module;

    /// <summary>What attributes and metadata allow here.</summary>
    public Allowance? Allowed => _reading.Value.Allowed;

    /// <summary>Where the handler's body starts. Reads a PDB: for the judge's thread, never for a request's.</summary>
    public PitfallLocation? Location => _location.Value;

    /// <summary>Whether it declares that some success carries an object: a body that an empty answer breaks.</summary>
    public bool DeclaresBody => _reading.Value.Declared.Count > 0;

    /// <summary>All that it declares of its responses.</summary>
    public DeclaredResponses Declared => _reading.Value.Responses.Value;

    /// <summary>The object type declared for a status; <see langword="null"/> when there is none.</summary>
    public Type? DeclaredFor(int status) => _reading.Value.Declared.FirstOrDefault(d => d.Status == status).Type;

    /// <summary><c>GET /orders/{id}</c>; <c>GET (no endpoint)</c> for all else.</summary>
    public string RouteFor(string method)
    {
        // Nearly every endpoint has one method: a cache of one.
        if (_route is { } known && known.Method == method)
            return known.Route;
        var named = new NamedRoute(method, $"{method} {_reading.Value.Pattern}");
        _route = named;
        return named.Route;
    }

    /// <summary>The Production profile's sample: the first 20 responses, then at most one a second.</summary>
    public bool IsDue(TimeProvider time)
    {
        if (Volatile.Read(ref _seen) < FirstResponses && Interlocked.Increment(ref _seen) <= FirstResponses)
            return true;
        var now = time.GetTimestamp();
        var due = Interlocked.Read(ref _nextDue);
        return now >= due && Interlocked.CompareExchange(ref _nextDue, now + time.TimestampFrequency, due) == due;
    }

    /// <summary>Stacks are dear: a few for each endpoint.</summary>
    public bool TakeStackTicket() => Volatile.Read(ref _stackTickets) < 3 && Interlocked.Increment(ref _stackTickets) <= 3;

    public static EndpointFacts WithoutEndpoint() => new(static () => new("(no endpoint)", null, IsUserCode: true, [], null, new(DeclaredResponses.None)), null) { HasEndpoint = false };

    /// <summary>The same name without the rest of the facts.</summary>
    public static string RouteOf(Endpoint endpoint, string method) =>
        $"{method} {Pattern(RawPattern(endpoint), endpoint.Metadata.GetMetadata<ControllerActionDescriptor>())}";

    public static EndpointFacts From(Endpoint endpoint, UserCode userCode, SourceLocator locator, StatusNotes notes) => new(
        () =>
        {
            var action = endpoint.Metadata.GetMetadata<ControllerActionDescriptor>();
            var handler = action?.MethodInfo ?? endpoint.Metadata.GetMetadata<MethodInfo>() ?? endpoint.RequestDelegate?.Method;
            return Read(RawPattern(endpoint), handler, action, endpoint.Metadata, userCode, notes);
        },
        locator);

    public static EndpointFacts FromAction(ControllerActionDescriptor action, string? template, UserCode userCode, SourceLocator locator, StatusNotes notes) => new(
        () => Read(action.AttributeRouteInfo?.Template ?? template ?? action.DisplayName ?? action.ActionName, action.MethodInfo, action,
            [.. action.EndpointMetadata, .. action.FilterDescriptors.Select(f => f.Filter)], userCode, notes),
        locator);

    private static Reading Read(
        string pattern, MethodInfo? handler, ControllerActionDescriptor? action, IReadOnlyList<object> metadata, UserCode userCode, StatusNotes notes)
    {
        var isUserCode = handler is not null && userCode.Contains(handler);
        // What handles raw requests is described by nobody: what it returns says nothing.
        var isHandler = action is not null || metadata.Any(m => m is MethodInfo);
        var found = new List<string>();
        var allowed = isUserCode ? SourceLocator.DeclaredAt(handler!, found) : null;
        foreach (var attribute in metadata.OfType<AllowPitfallAttribute>())
        {
            if (!string.IsNullOrWhiteSpace(attribute.Rule) && !string.IsNullOrWhiteSpace(attribute.Reason))
                allowed = new Allowance(attribute.Rule, attribute.Reason, allowed);
        }

        found.ForEach(notes.Add);
        return new Reading(
            Pattern(pattern, action), handler, isUserCode, [.. DeclaredBy(metadata, handler)], allowed, new(() => DeclaredResponses.Of(metadata, isHandler ? handler : null, action)));
    }

    private static string RawPattern(Endpoint endpoint) =>
        (endpoint as RouteEndpoint)?.RoutePattern.RawText ?? endpoint.DisplayName ?? "(unnamed endpoint)";

    /// <summary>With a leading slash, and for conventional routes with the controller and action that it stands for.</summary>
    private static string Pattern(string pattern, ControllerActionDescriptor? action)
    {
        if (action is not null)
        {
            pattern = RouteToken().Replace(pattern, match =>
                action.RouteValues.TryGetValue(match.Groups["name"].Value, out var value) && value is not null ? value : match.Value);
        }

        return pattern.StartsWith('/') ? pattern : "/" + pattern;
    }

    private static IEnumerable<(int Status, Type Type)> DeclaredBy(IReadOnlyList<object> metadata, MethodInfo? handler)
    {
        var any = false;
        foreach (var item in metadata)
        {
            var (status, type) = item switch
            {
                IProducesResponseTypeMetadata produces => (produces.StatusCode, produces.Type),
                IApiResponseMetadataProvider provider => (provider.StatusCode, provider.Type),
                _ => (0, null),
            };
            any |= status is StatusCodes.Status200OK or StatusCodes.Status201Created;
            if (status is StatusCodes.Status200OK or StatusCodes.Status201Created && IsObject(type))
                yield return (status, type!);
        }

        // MVC's description reads the return type when no attribute speaks; so do we.
        if (!any && handler is not null && IsObject(ReturnedBy(handler)))
            yield return (StatusCodes.Status200OK, ReturnedBy(handler)!);
    }

    private static Type? ReturnedBy(MethodInfo handler)
    {
        var type = handler.ReturnType;
        if (type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(Task<>) || type.GetGenericTypeDefinition() == typeof(ValueTask<>)))
            type = type.GetGenericArguments()[0];
        return type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ActionResult<>) ? type.GetGenericArguments()[0] : type;
    }

    /// <summary>A type whose absence from the body is a fault. An empty text, stream or file is still a text, stream or file.</summary>
    private static bool IsObject(Type? type) =>
        type is not null
        && !s_bodilessTypes.Contains(type.FullName)
        && type != typeof(string) && type != typeof(object) && type != typeof(Task) && type != typeof(ValueTask) && type != typeof(byte[])
        && !typeof(IResult).IsAssignableFrom(type) && !typeof(IActionResult).IsAssignableFrom(type) && !typeof(Stream).IsAssignableFrom(type);

    private sealed record Reading(string Pattern, MethodInfo? Handler, bool IsUserCode, IReadOnlyList<(int Status, Type Type)> Declared, Allowance? Allowed, Lazy<DeclaredResponses> Responses);

    private sealed record NamedRoute(string Method, string Route);

    [GeneratedRegex(@"\{(?<name>controller|action|area)(=[^}]*|\?|:[^}]*)?\}|\[(?<name>controller|action|area)\]", RegexOptions.IgnoreCase)]
    private static partial Regex RouteToken();
}
