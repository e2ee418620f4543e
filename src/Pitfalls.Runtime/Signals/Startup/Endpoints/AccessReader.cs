using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Authorization;
using Microsoft.AspNetCore.Mvc.Filters;

namespace Pitfalls.Runtime.Signals.Startup.Endpoints;

/// <summary>
/// Reads from an endpoint's metadata whom it lets in: authorize attributes, policies, requirement data and MVC's authorization filters.
/// Only what the framework's own objects hold is read; of the app's own attributes and filters only the type counts.
/// </summary>
internal sealed class AccessReader
{
    // Attributes of libraries and of the app that some middleware of theirs obeys. A word too many only makes us quieter.
    private static readonly string[] s_guardWords =
        ["Authoriz", "Authentic", "Permission", "ApiKey", "RequireScope", "RequiredScope", "RequireRole", "RequireClaim", "Secured", "Protected", "Guard", "SignatureRequired", "VerifySignature"];

    // Authorization filters of the framework that let everybody in.
    private static readonly string[] s_notGuards = ["Antiforgery", "AntiForgery", "Cors", "RequestFormLimits", "RequestSizeLimit", "DisableRequestSizeLimit"];

    // How many handlers carry one object: one on a group or a controller is carried by several.
    private readonly Dictionary<object, (object? Handler, bool IsShared)> _carriers = new(ReferenceEqualityComparer.Instance);

    /// <summary>First of two passes: who carries what.</summary>
    public void Note(EndpointMetadataCollection metadata, object? handler)
    {
        foreach (var item in metadata)
        {
            if (item is not (IAuthorizeData or AuthorizationPolicy or IAuthorizationRequirementData))
                continue;
            if (!_carriers.TryGetValue(item, out var carrier))
                _carriers[item] = (handler, false);
            else if (!carrier.IsShared && !Equals(carrier.Handler, handler))
                _carriers[item] = (handler, true);
        }
    }

    public Access Read(EndpointMetadataCollection metadata)
    {
        List<AccessDemand>? demands = null;
        var isWaived = false;
        foreach (var item in metadata)
        {
            isWaived |= item is IAllowAnonymous or IAllowAnonymousFilter;
            if (DemandOf(item, metadata) is { } demand && demands?.Exists(d => d.Says(demand) && d.IsShared == demand.IsShared) != true)
                (demands ??= []).Add(demand);
        }

        return new Access(demands ?? [], isWaived);
    }

    private AccessDemand? DemandOf(object item, EndpointMetadataCollection metadata) => item switch
    {
        // RequireAuthorization(policy) adds a bare attribute beside the policy: the policy says it all.
        AuthorizeAttribute { Policy: null, Roles: null, AuthenticationSchemes: null } when metadata.GetMetadata<AuthorizationPolicy>() is not null => null,
        AuthorizeAttribute attribute => Of(attribute),
        AuthorizationPolicy => new AccessDemand("a policy of its own", null, null, IsShared(item)),
        IAuthorizeData or IAuthorizationRequirementData => OfType(item),
        RequireHttpsAttribute => null,
        AuthorizeFilter filter => filter.AuthorizeData?.OfType<AuthorizeAttribute>().FirstOrDefault() is { } attribute
            ? Of(attribute) with { IsShared = true }
            : new AccessDemand("an authorization filter", null, null, IsShared: true),
        TypeFilterAttribute { ImplementationType: { } type } when IsGuard(type) => OfType(type, shared: false),
        ServiceFilterAttribute { ServiceType: { } type } when IsGuard(type) => OfType(type, shared: false),
        IAuthorizationFilter or IAsyncAuthorizationFilter when !IsHarmless(item.GetType()) => OfType(item.GetType(), shared: false),
        Attribute when LooksLikeAGuard(item.GetType()) => OfType(item.GetType(), shared: false),
        _ => null,
    };

    private AccessDemand Of(AuthorizeAttribute attribute)
    {
        // Attributes derived from it say what they mean by their name.
        if (attribute.GetType() != typeof(AuthorizeAttribute))
            return OfType(attribute);
        var parts = new List<string>();
        if (attribute.Policy is { Length: > 0 } policy)
            parts.Add($"Policy = \"{policy}\"");
        if (attribute.Roles is { Length: > 0 } roles)
            parts.Add($"Roles = \"{roles}\"");
        if (attribute.AuthenticationSchemes is { Length: > 0 } schemes)
            parts.Add($"AuthenticationSchemes = \"{schemes}\"");

        var (words, code) = attribute switch
        {
            { Policy.Length: > 0, Roles: null or "", AuthenticationSchemes: null or "" } => ($"the policy \"{attribute.Policy}\"", $"\"{attribute.Policy}\""),
            { Roles.Length: > 0, Policy: null or "", AuthenticationSchemes: null or "" } => ($"the role \"{attribute.Roles}\"", $"policy => policy.RequireRole({Quoted(attribute.Roles)})"),
            _ when parts.Count == 0 => ("a signed-in user", ""),
            _ => (string.Join(", ", parts), (string?)null),
        };
        var written = parts.Count == 0 ? "[Authorize]" : $"[Authorize({string.Join(", ", parts)})]";
        return new AccessDemand(words, code, written, IsShared(attribute));
    }

    private AccessDemand OfType(object item) => OfType(item.GetType(), IsShared(item));

    private static AccessDemand OfType(Type type, bool shared)
    {
        var name = type.Name.EndsWith("Attribute", StringComparison.Ordinal) ? type.Name[..^"Attribute".Length] : type.Name;
        return new AccessDemand(name, null, typeof(Attribute).IsAssignableFrom(type) ? $"[{name}]" : null, shared);
    }

    private bool IsShared(object item) => _carriers.TryGetValue(item, out var carrier) && carrier.IsShared;

    private static string Quoted(string roles) =>
        string.Join(", ", roles.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(r => $"\"{r}\""));

    private static bool IsGuard(Type type) =>
        (typeof(IAuthorizationFilter).IsAssignableFrom(type) || typeof(IAsyncAuthorizationFilter).IsAssignableFrom(type) || LooksLikeAGuard(type)) && !IsHarmless(type);

    private static bool IsHarmless(Type type) =>
        type.Namespace?.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal) == true
        && Array.Exists(s_notGuards, word => type.Name.Contains(word, StringComparison.Ordinal));

    private static bool LooksLikeAGuard(Type type) =>
        type.Namespace?.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal) != true
        && Array.Exists(s_guardWords, word => type.Name.Contains(word, StringComparison.OrdinalIgnoreCase));
}
