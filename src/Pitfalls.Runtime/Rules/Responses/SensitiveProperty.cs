using System.Reflection;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>A JSON property that names a credential or a personal secret and holds a value.</summary>
internal sealed class SensitiveProperty : IResponseRule
{
    private const int MaxPaths = 10;

    internal static readonly WordsSetting ExtraWords = new("ExtraWords", "Words that make a property name sensitive, besides the built-in ones.");

    internal static readonly WordsSetting ExcludedWords = new("ExcludedWords", "Words that make a property name harmless, whatever else it holds.");

    private Words? _words;

    public static PitfallRule Rule { get; } = new(3003, nameof(SensitiveProperty), "Sensitive property", PitfallSeverity.Warning, PitfallSeverity.Error,
        "Send a response type of its own that does not have the property.", ExtraWords, ExcludedWords);

    public void Observe(ObservedResponse response, IPitfallReporter reporter)
    {
        if (response.Body.IsEmpty || !response.IsJson || response.IsDeveloperPage || response.Endpoint.IsFrameworkCode)
            return;
        var words = WordsInForce(reporter);
        var body = response.Body.Span;
        if (!words.Verdicts.MayHold(body))
            return;
        var hits = SensitiveScan.Run(body, response.IsTruncated, response.Status, words.Names, words.Verdicts);
        if (hits.Count > 0 && !OpenApi.IsDocument(body))
            Report(response, hits, reporter);
    }

    private static void Report(ObservedResponse response, IReadOnlyList<IReadOnlyList<JsonStep>> hits, IPitfallReporter reporter)
    {
        var sent = TypeOf(response);
        var found = hits.Select(steps => Property.At(steps, sent)).DistinctBy(p => p.Path).ToList();
        var open = found.Where(p => p.Allowed is null).ToList();
        // All of them allowed at the member or its type: still a sighting, for the count of what is allowed.
        var shown = open.Count > 0 ? open : found;
        var first = shown[0];
        reporter.Report(Rule, new Occurrence
        {
            Message = $"{response.Route} sends {first.Name} to the client ({first.Path}){(shown.Count > 1 ? $", and {shown.Count - 1} more" : "")}.",
            Subject = response.Route,
            Route = response.Route,
            Location = response.Endpoint.Location,
            Evidence = Evidence.Of(
                ("path", first.Path),
                ("paths", string.Join(", ", shown.Take(MaxPaths).Select(p => p.Path))),
                ("properties", shown.Count),
                ("type", first.Member is { } member ? JsonMembers.OwnerOf(member) : null),
                ("status", response.Status)),
            TraceId = response.TraceId,
            Weight = shown.Count,
            Declared = open.Count > 0 ? response.Endpoint.Allowed : first.Allowed,
            Ambient = response.Ambient,
        });
    }

    /// <summary>The type declared for the status. A handler that sets another success by hand still sends what it returns.</summary>
    private static Type? TypeOf(ObservedResponse response)
    {
        var endpoint = response.Endpoint;
        return endpoint.DeclaredFor(response.Status) ?? (response.IsSuccess ? endpoint.DeclaredFor(200) ?? endpoint.DeclaredFor(201) : null);
    }

    /// <summary>The judge of names for the settings in force; made anew only when they change.</summary>
    private Words WordsInForce(IPitfallReporter reporter)
    {
        var (extra, excluded) = (reporter.Get(Rule, ExtraWords), reporter.Get(Rule, ExcludedWords));
        if (_words is { } known && ReferenceEquals(known.Extra, extra) && ReferenceEquals(known.Excluded, excluded))
            return known;
        var names = SensitiveNames.With(extra, excluded);
        return _words = new Words(extra, excluded, names, new NameVerdicts(names));
    }

    private sealed record Words(IReadOnlyList<string> Extra, IReadOnlyList<string> Excluded, SensitiveNames Names, NameVerdicts Verdicts);

    /// <summary>One property as a finding names it.</summary>
    private sealed record Property(string Name, string Path, MemberInfo? Member, Allowance? Allowed)
    {
        public static Property At(IReadOnlyList<JsonStep> steps, Type? sent)
        {
            var (member, keys) = JsonMembers.Follow(sent, steps);
            return new(JsonPath.NameOf(steps[^1]), JsonPath.Of(steps, keys), member, member is null ? null : JsonMembers.AllowedAt(member, Rule));
        }
    }
}
