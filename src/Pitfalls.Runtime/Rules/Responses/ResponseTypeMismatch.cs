using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>The answer is not the one that was declared: another status, another type of object, or a text with JSON inside.</summary>
internal sealed class ResponseTypeMismatch : IResponseRule
{
    private readonly FirstOfMany _many = new();

    public static PitfallRule Rule { get; } = new(3005, nameof(ResponseTypeMismatch), "Response type mismatch", PitfallSeverity.Warning, PitfallSeverity.Warning,
        "Declare what is sent, best by returning TypedResults or ActionResult<T>, or send what is declared.");

    public void Observe(ObservedResponse response, IPitfallReporter reporter)
    {
        if (!response.Endpoint.IsUserCode || response.IsDeveloperPage)
            return;
        var isJson = MediaTypes.IsJson(response.MediaType) && !response.Body.IsEmpty;
        if (isJson && JsonText.HoldsJson(response.Body.Span, response.IsTruncated))
        {
            Report(response, reporter, "twice", $"{response.Route} answered with a JSON string that holds JSON: the object was serialised twice.",
                "Return the object and leave the serialising to the framework, or send the text as it is: Results.Text(json, \"application/json\").");
            return;
        }

        if (!response.Endpoint.HasEndpoint || response.Status is 400 or 401 or 403 or 404)
            return;
        var declared = response.Endpoint.Declared;
        if (IsUndeclared(response, declared))
        {
            var known = string.Join(", ", declared.All.Select(r => r.Status).Distinct().Order());
            Report(response, reporter, "status", $"{response.Route} answered {response.Status}, which it does not declare: it declares {known}.",
                declared.IsAction ? $"Add [ProducesResponseType({response.Status})] to the action." : $"Add .Produces({response.Status}) to the endpoint, or return TypedResults.");
        }
        else if (isJson && OtherThanDeclared(response, declared) is { } difference)
        {
            Report(response, reporter, "type", $"{response.Route} declares {difference.Declared} for {response.Status} and sent {difference.Sent}.", null);
        }
    }

    /// <summary>A status that the handler chose and nobody speaks of. Redirects are no answers of the API's.</summary>
    private static bool IsUndeclared(ObservedResponse response, DeclaredResponses declared) =>
        (response.IsSuccess || response.Status >= 400)
        && declared is { HasSuccess: true, HasDefault: false } && !declared.Has(response.Status)
        && (response.Sent?.Status is { } chosen ? chosen == response.Status : IsByHand(response, declared));

    /// <summary>Nobody told, so the handler must be known by what only it can have sent: a success that no framework makes, or an error with the object that it returns.</summary>
    private static bool IsByHand(ObservedResponse response, DeclaredResponses declared) =>
        !declared.IsAction
        && (response.Status is 201 or 202 or 203
            || (declared.Returned is { } returned && MediaTypes.IsJson(response.MediaType) && JsonShape.IsObjectOf(returned, response.Body.Span)));

    private static (string Declared, string Sent)? OtherThanDeclared(ObservedResponse response, DeclaredResponses declared)
    {
        List<Type> types = [.. declared.TypesFor(response.Status)];
        if (types.Count == 0 || response.Body.Span.Trim(" \r\n\t"u8).SequenceEqual("null"u8))
            return null;
        string? other = null;
        foreach (var type in types)
        {
            // One of several that fits is enough.
            if (Difference(type, response, declared) is not { } difference)
                return null;
            other ??= difference;
        }

        return (string.Join(" or ", types.Select(TypeNames.Of)), other!);
    }

    private static string? Difference(Type declared, ObservedResponse response, DeclaredResponses endpoint)
    {
        if (response.Sent?.Type is { } sent)
        {
            return TypeFit.Of(declared, sent) switch
            {
                Fit.Same => null,
                Fit.Other => TypeNames.Of(sent),
                _ => JsonShape.Difference(declared, response.Body.Span, isExact: true) is null ? null : TypeNames.Of(sent),
            };
        }

        if (response.Sent?.TypeName is { } name)
            return ByName(declared, name, response);
        // Nobody told. What an action sends passes filters that may wrap it, and a handler that returns the type sends it.
        return endpoint.IsAction || (endpoint.Returned is { } returned && !DeclaredResponses.IsOpen(returned) && returned != typeof(void))
            ? null
            : JsonShape.Difference(declared, response.Body.Span, isExact: false);
    }

    private static string? ByName(Type declared, string name, ObservedResponse response)
    {
        if ((name == declared.Name && !declared.IsGenericType) || TypeFit.IsOpaque(declared))
            return null;
        if (TypeNames.IsAnonymous(name) || (TypeFit.IsDictionary(name) && JsonMembers.ValueOf(declared) is null))
            return TypeNames.Plain(name);
        return JsonShape.Difference(declared, response.Body.Span, isExact: false);
    }

    private void Report(ObservedResponse response, IPitfallReporter reporter, string kind, string message, string? fix) => _many.Report(Rule, new Occurrence
    {
        Message = message,
        Subject = $"{response.Route} {(kind == "status" ? response.Status : kind)}",
        Route = response.Route,
        Fix = fix,
        Location = response.Endpoint.Location,
        Evidence = Evidence.Of(("kind", kind), ("status", response.Status), ("sent", response.Sent?.TypeName is { } sent ? TypeNames.Plain(sent) : null)),
        TraceId = response.TraceId,
        Declared = response.Endpoint.Allowed,
        Ambient = response.Ambient,
    }, reporter);
}
