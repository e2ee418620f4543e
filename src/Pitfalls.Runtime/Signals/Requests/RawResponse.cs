using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>A response on its way to the judge: strings and numbers, and the copy of the body as it went over the wire.</summary>
internal sealed class RawResponse
{
    public required EndpointFacts Endpoint { get; init; }

    public required string Method { get; init; }

    public required int Status { get; init; }

    public string? ContentType { get; init; }

    public string? ContentEncoding { get; init; }

    public (int Status, long Length) Announced { get; init; }

    public long BytesWritten { get; init; }

    public int BodyRefusedOn { get; init; }

    public PitfallLocation? Writer { get; init; }

    public bool WasAborted { get; init; }

    public string? TraceId { get; init; }

    public Allowance? Ambient { get; init; }

    public int? EchoedSite { get; init; }

    /// <summary>What the handler answered with, where the framework told.</summary>
    public SentResult? Sent { get; init; }

    /// <summary>Belongs to whoever holds this; to be disposed once.</summary>
    public BodyCopy? Copy { get; init; }
}
