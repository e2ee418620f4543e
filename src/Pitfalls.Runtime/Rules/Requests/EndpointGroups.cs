using Pitfalls.Runtime.Signals.Startup.Endpoints;

namespace Pitfalls.Runtime.Rules.Requests;

/// <summary>Endpoints that belong together: of one controller, of one folder of pages, or under the same first words of the route.</summary>
internal sealed record EndpointGroup(string Name, EndpointGroupKind Kind, IReadOnlyList<PublishedEndpoint> Members)
{
    public int HandlerCount => Members.Select(m => (object?)m.Handler ?? m.Route).Distinct().Count();
}

internal enum EndpointGroupKind
{
    Controller,
    Pages,
    Routes,
}

/// <summary>Finds the groups. Every endpoint is in one at most.</summary>
internal static class EndpointGroups
{
    private const int MinMembers = 3;

    // First words that say nothing of what lies below them.
    private static readonly HashSet<string> s_generic = new(StringComparer.OrdinalIgnoreCase) { "api", "apis", "rest", "rpc", "odata", "internal", "public", "app", "services" };

    public static IEnumerable<EndpointGroup> Of(IEnumerable<PublishedEndpoint> endpoints)
    {
        var all = endpoints.Where(IsComparable).ToList();
        foreach (var controller in all.Where(e => e.Controller is not null).GroupBy(e => e.Controller!))
            yield return new EndpointGroup(controller.Key.Name, EndpointGroupKind.Controller, [.. controller]);

        // The root folder holds whatever a site has; pages deeper down belong together.
        foreach (var folder in all.Where(e => !string.IsNullOrEmpty(e.PageFolder)).GroupBy(e => e.PageFolder!))
            yield return new EndpointGroup(folder.Key, EndpointGroupKind.Pages, [.. folder]);

        foreach (var group in ByRoute([.. all.Where(e => e.Controller is null && !e.IsPage)]))
            yield return group;
    }

    /// <summary>
    /// Under the same first telling word: <c>/orders</c>, <c>/api/v1/orders</c>. What is left over under one generic start (<c>/api</c>), single
    /// endpoints mostly, is a group together with those that were guarded there as one.
    /// </summary>
    private static IEnumerable<EndpointGroup> ByRoute(List<PublishedEndpoint> endpoints)
    {
        var left = new List<(string Start, PublishedEndpoint Endpoint)>();
        var asOne = new List<(string Start, PublishedEndpoint Endpoint)>();
        foreach (var group in endpoints.Select(e => (Key: KeyOf(e), Endpoint: e)).Where(e => e.Key.Start != "/" || e.Key.Word is not null).GroupBy(e => e.Key))
        {
            PublishedEndpoint[] members = [.. group.Select(g => g.Endpoint)];
            if (group.Key.Word is null || members.Length < MinMembers)
                left.AddRange(members.Select(m => (group.Key.Start, m)));
            else
                yield return new EndpointGroup(group.Key.Start + group.Key.Word, EndpointGroupKind.Routes, members);
            if (members.Length >= MinMembers)
                asOne.AddRange(members.Where(m => m.Access.Demands.Any(d => d.IsShared)).Select(m => (group.Key.Start, m)));
        }

        foreach (var rest in left.Where(l => l.Start != "/").GroupBy(l => l.Start))
        {
            var members = rest.Select(r => r.Endpoint).Concat(asOne.Where(a => a.Start == rest.Key).Select(a => a.Endpoint)).Distinct().ToList();
            yield return new EndpointGroup(rest.Key.TrimEnd('/'), EndpointGroupKind.Routes, members);
        }
    }

    /// <summary>Up to the first telling word: <c>/api/v1/</c> and <c>orders</c>.</summary>
    private static (string Start, string? Word) KeyOf(PublishedEndpoint endpoint)
    {
        var start = "/";
        foreach (var segment in endpoint.Segments)
        {
            if (segment is not null && !IsGeneric(segment))
                return (start, segment.ToLowerInvariant());
            start += (segment?.ToLowerInvariant() ?? "{}") + "/";
        }

        return (start, null);
    }

    private static bool IsGeneric(string segment) =>
        s_generic.Contains(segment) || (segment.Length is > 1 and < 7 && segment[0] is 'v' or 'V' && segment.Skip(1).All(c => char.IsAsciiDigit(c) || c == '.'));

    /// <summary>Answers to preflights and catch-alls are nobody's siblings.</summary>
    private static bool IsComparable(PublishedEndpoint endpoint) =>
        !endpoint.IsFallback && !(endpoint.Methods.Count > 0 && endpoint.Methods.All(m => m.ToUpperInvariant() is "OPTIONS" or "HEAD" or "TRACE"));
}
