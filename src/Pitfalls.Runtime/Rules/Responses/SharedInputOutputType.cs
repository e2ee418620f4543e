using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Startup.Endpoints;

namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>One class is what clients send and what they get, and it has members that they must not set, or must not see.</summary>
internal sealed class SharedInputOutputType : IEndpointRule
{
    private const int MaxMembers = 5;

    public static PitfallRule Rule { get; } = new(3006, nameof(SharedInputOutputType), "Shared input and output type", PitfallSeverity.Warning, null,
        "Give the request a type of its own with what clients may set, and the response one with what they may see.");

    public void Observe(PublishedEndpoints endpoints, IPitfallReporter reporter)
    {
        var users = endpoints.All.Where(e => e.IsUserCode && e.Handler is not null).ToList();
        var taken = new Dictionary<Type, PublishedEndpoint>();
        foreach (var endpoint in users)
        {
            foreach (var input in endpoint.Inputs.Value.Where(p => IsBody(p, endpoint)))
                taken.TryAdd(JsonMembers.ElementOf(input.Type) ?? input.Type, endpoint);
        }

        if (taken.Count == 0)
            return;
        var told = new HashSet<Type>();
        foreach (var endpoint in users)
        {
            foreach (var type in endpoint.Responses.Value.Sent().SelectMany(Within).Where(taken.ContainsKey).Where(told.Add))
                Judge(type, taken[type], endpoint, endpoints, reporter);
        }
    }

    private static void Judge(Type type, PublishedEndpoint taker, PublishedEndpoint sender, PublishedEndpoints endpoints, IPitfallReporter reporter)
    {
        var isEntity = endpoints.Entities.Value.Contains(type);
        var members = ServerSetMembers.Of(type);
        if (!isEntity && members.Count == 0)
            return;
        var named = string.Join(", ", members.Take(MaxMembers)) + (members.Count > MaxMembers ? ", …" : "");
        var what = (isEntity, members.Count) switch
        {
            (true, 0) => "it is an entity of the database, so clients can write every column",
            (true, _) => $"it is an entity of the database, and clients can set {named}",
            _ => $"clients can set {named}",
        };
        reporter.Report(Rule, new Occurrence
        {
            Message = $"{TypeNames.Of(type)} is the body {taker.Route} takes and what {sender.Route} answers: {what}.",
            Subject = type.FullName ?? type.Name,
            Route = taker.Route,
            MoreRoutes = taker.Route == sender.Route ? [] : [sender.Route],
            Location = taker.Location.Value,
            Evidence = Evidence.Of(("type", type.FullName ?? type.Name), ("members", named.Length > 0 ? named : null), ("entity", isEntity)),
            Declared = taker.Allowed.Value ?? sender.Allowed.Value,
        });
    }

    private static bool IsBody(BoundParameter parameter, PublishedEndpoint endpoint) =>
        parameter.Type is { IsClass: true } && parameter.MayBeBody
        && (parameter.Word == BindingWord.Body || endpoint.Methods.Any(m => m.ToUpperInvariant() is "POST" or "PUT" or "PATCH"));

    /// <summary>The type, what it is a list of, and what a page or envelope of it holds.</summary>
    private static IEnumerable<Type> Within(Type type)
    {
        for (var depth = 0; depth < 3 && JsonMembers.ElementOf(type) is { } element && type != typeof(string); depth++)
            type = element;
        yield return type;
        foreach (var argument in type.IsGenericType ? type.GetGenericArguments() : [])
            yield return JsonMembers.ElementOf(argument) ?? argument;
    }
}
