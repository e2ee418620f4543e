using Pitfalls.Runtime.Signals.Startup.Endpoints;

namespace Pitfalls.Runtime.Rules.Requests;

/// <summary>Recognises the common design "everybody may read, some may write", which is no slip.</summary>
internal static class PublicReads
{
    private static readonly HashSet<string> s_reads = new(StringComparer.Ordinal) { "index", "get", "list", "details", "detail", "show", "view", "search", "find", "browse", "read", "all" };

    // A page with the form is part of the write that follows.
    private static readonly HashSet<string> s_writes = new(StringComparer.Ordinal)
    {
        "create", "edit", "delete", "update", "add", "new", "remove", "save", "upload", "manage", "admin", "export", "import", "set", "change", "purge", "reset", "approve", "reject",
    };

    public static bool Explain(IReadOnlyCollection<PublishedEndpoint> guarded, IReadOnlyCollection<PublishedEndpoint> open) => open.All(IsRead) && !guarded.Any(IsRead);

    private static bool IsRead(PublishedEndpoint endpoint)
    {
        var name = endpoint.Controller is not null ? endpoint.Handler?.Name : endpoint.Segments.LastOrDefault(s => s is not null);
        var words = name is null ? [] : RouteWords.Of(name);
        if (words.Exists(s_writes.Contains))
            return false;
        return endpoint.Methods.Count == 0
            ? words.Exists(s_reads.Contains)
            : endpoint.Methods.All(m => m.ToUpperInvariant() is "GET" or "HEAD" or "QUERY");
    }
}
