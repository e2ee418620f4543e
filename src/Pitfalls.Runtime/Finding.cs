using System.Text.Json.Serialization;

using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime;

/// <summary>
/// One distinct mistake of the app, with how often and where it was seen. Immutable: when it is seen again, a new instance with
/// the same <see cref="Fingerprint"/> and a higher <see cref="Count"/> goes to the sinks. Its JSON is the same everywhere.
/// </summary>
/// <remarks>No value taken from a request, a response, the configuration or a connection string is ever in it: only names, lengths, types and counts.</remarks>
public sealed record Finding
{
    /// <summary>The rule's id, <c>PIT1001</c>.</summary>
    [JsonPropertyName("ruleId")]
    public required string RuleId { get; init; }

    /// <summary>The rule's name, <c>BlockedRequestThread</c>.</summary>
    [JsonPropertyName("rule")]
    public required string Rule { get; init; }

    /// <summary>The chapter of the catalogue.</summary>
    [JsonPropertyName("category")]
    public required PitfallCategory Category { get; init; }

    /// <summary>How much it matters, after configuration had its say.</summary>
    [JsonPropertyName("severity")]
    public required PitfallSeverity Severity { get; init; }

    /// <summary>The rule's title, <c>Blocked request thread</c>.</summary>
    [JsonPropertyName("title")]
    public required string Title { get; init; }

    /// <summary>What happened, in one plain sentence.</summary>
    [JsonPropertyName("message")]
    public required string Message { get; init; }

    /// <summary>What to do about it, in one sentence.</summary>
    [JsonPropertyName("fix")]
    public required string Fix { get; init; }

    /// <summary>The page that explains the rule.</summary>
    [JsonPropertyName("helpUrl")]
    public required string HelpUrl { get; init; }

    /// <summary>16 hex digits made of the rule and the place; stable across restarts and when lines move.</summary>
    [JsonPropertyName("fingerprint")]
    public required string Fingerprint { get; init; }

    /// <summary>How often it was seen in this run of the host.</summary>
    [JsonPropertyName("count")]
    public required long Count { get; init; }

    /// <summary>When it was first seen, in UTC.</summary>
    [JsonPropertyName("firstSeen")]
    [JsonConverter(typeof(UtcTimeConverter))]
    public required DateTimeOffset FirstSeen { get; init; }

    /// <summary>When it was last seen, in UTC.</summary>
    [JsonPropertyName("lastSeen")]
    [JsonConverter(typeof(UtcTimeConverter))]
    public required DateTimeOffset LastSeen { get; init; }

    /// <summary>The endpoints it was seen in, <c>GET /orders/{id}</c>, at most 20. Never a raw path.</summary>
    [JsonPropertyName("routes")]
    public required IReadOnlyList<string> Routes { get; init; }

    /// <summary>The first frame of your code; <see langword="null"/> where none could be had.</summary>
    [JsonPropertyName("location")]
    public PitfallLocation? Location { get; init; }

    /// <summary>Facts about what was seen: a flat object of small scalars and short strings.</summary>
    [JsonPropertyName("evidence")]
    [JsonConverter(typeof(EvidenceConverter))]
    public required IReadOnlyDictionary<string, object> Evidence { get; init; }

    /// <summary>The W3C trace id of a request that showed it; <see langword="null"/> outside a request.</summary>
    [JsonPropertyName("traceId")]
    public string? TraceId { get; init; }

    /// <summary>This report is the 1st, 10th, 100th … of its fingerprint: the ones worth a log record.</summary>
    [JsonIgnore]
    internal bool IsMilestone { get; init; }

    [JsonIgnore]
    internal int RuleNumber { get; init; }
}
