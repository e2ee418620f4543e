using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Dependencies;

/// <summary>Wakes a rule for every call to a database, an HTTP service or a cache, on a thread of the library's own after the call has ended.</summary>
internal interface IDependencyRule
{
    void Observe(in DependencyCall call, IPitfallReporter reporter);
}

/// <summary>Wakes a rule for the same command run again and again in one request, once that request has ended.</summary>
internal interface IRepetitionRule
{
    void Observe(in Repetition repetition, IPitfallReporter reporter);
}

/// <summary>What was called.</summary>
internal enum DependencyKind
{
    Database,
    Http,
    Cache,
    Messaging,

    /// <summary>A connection of a client that nobody knows: something was touched.</summary>
    Unknown,
}

/// <summary>When a call happened, as seen from its host.</summary>
internal enum CallPhase
{
    /// <summary>Outside of the requests that are followed: background work, and in Production requests that are not sampled.</summary>
    Outside,

    BeforeStart,

    /// <summary>While hosted services start.</summary>
    Starting,

    Request,

    /// <summary>In a validator, while a request is served.</summary>
    Validation,

    HealthCheck,

    /// <summary>In the execution context of a request whose response has ended.</summary>
    AfterResponse,
}

/// <summary>One call to a dependency, in plain values.</summary>
internal readonly struct DependencyCall
{
    public required DependencyKind Kind { get; init; }

    /// <summary><c>sqlite</c>, <c>postgresql</c>, <c>mssql</c>, <c>http</c>, <c>redis</c> …</summary>
    public required string System { get; init; }

    /// <summary>The <c>DbContext</c>'s type for Entity Framework, the host for HTTP; <see langword="null"/>: not known. Never from a connection string.</summary>
    public string? Target { get; init; }

    /// <summary><c>SELECT</c>, <c>GET</c> …</summary>
    public required string Operation { get; init; }

    /// <summary>The table that stands first in the command.</summary>
    public string? Table { get; init; }

    /// <summary>Same command, same number: literals and white space do not count.</summary>
    public ulong Shape { get; init; }

    public required CallPhase Phase { get; init; }

    /// <summary><see langword="null"/>: not known.</summary>
    public bool? IsSynchronous { get; init; }

    /// <summary>Entity Framework ran it.</summary>
    public bool IsEntityFramework { get; init; }

    /// <summary><see langword="null"/>: the source tells only of the start.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary><see langword="null"/>: the source tells only of the start. A call that was cancelled did not fail.</summary>
    public bool? Failed { get; init; }

    /// <summary>How long after the end of the response it began; zero while the request runs.</summary>
    public TimeSpan SinceResponse { get; init; }

    /// <summary>Its request is a WebSocket, a hub or an event stream: it goes on in its context after any response.</summary>
    public bool IsStream { get; init; }

    /// <summary><c>GET /orders/{id}</c>; <see langword="null"/> outside of requests.</summary>
    public string? Route { get; init; }

    public string? TraceId { get; init; }

    /// <summary>The name of the health check it was made by.</summary>
    public string? HealthCheck { get; init; }

    /// <summary>The first frame of the user's code; <see langword="null"/> when a library acts on its own account or nobody knows.</summary>
    public PitfallLocation? Location { get; init; }

    /// <summary>The same, with a number for each lambda: stable when lines move.</summary>
    public string? Function { get; init; }

    /// <summary>The user's frame that called it, where it is another function.</summary>
    public string? Caller { get; init; }

    /// <summary>What attributes and endpoint metadata allow there.</summary>
    public Allowance? Declared { get; init; }

    /// <summary>What <see cref="Pitfall.Allow"/> allowed there and then.</summary>
    public Allowance? Ambient { get; init; }
}

/// <summary>One command that ran several times in one request.</summary>
/// <param name="Call">The command, as it was one of those times.</param>
/// <param name="Count">How often, without a pause of a second in between; those that failed do not count.</param>
/// <param name="Time">How long they took together; where the source does not tell, from the first to the last.</param>
/// <param name="IsStream">The request is a WebSocket, a hub or an event stream: it has no end that its commands could be counted against.</param>
internal readonly record struct Repetition(DependencyCall Call, int Count, TimeSpan Time, bool IsStream);
