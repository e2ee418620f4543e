using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>One response as it went out, in plain values. Nothing here belongs to the request any more.</summary>
internal sealed record ObservedResponse
{
    /// <summary>What answered.</summary>
    public required EndpointFacts Endpoint { get; init; }

    /// <summary>The HTTP method; unknown ones are <c>_OTHER</c>.</summary>
    public required string Method { get; init; }

    public required int Status { get; init; }

    /// <summary>The media type in lower case, without parameters; <see langword="null"/> when none was sent.</summary>
    public string? MediaType { get; init; }

    /// <summary>How many bytes the app wrote, after its own compression.</summary>
    public long BytesWritten { get; init; }

    /// <summary>At most the first 64 KiB of a JSON or text body as UTF-8, decompressed; empty when there is none or it was not looked at.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Whether <see cref="Body"/> ends before the body did.</summary>
    public bool IsTruncated { get; init; }

    /// <summary>204, 205 or 304 when the app tried to write a body on it; else 0. The status sent may be another by then.</summary>
    public int BodyRefusedOn { get; init; }

    /// <summary>204, 205 or 304 when its headers announced a body, and of what length; else 0. The status sent may be another by then.</summary>
    public (int Status, long Length) Announced { get; init; }

    /// <summary>The statement in the user's code that wrote it, where the stack showed it.</summary>
    public PitfallLocation? Writer { get; init; }

    /// <summary>The developer exception page of Development made it: showing exceptions is its job.</summary>
    public bool IsDeveloperPage { get; init; }

    public string? TraceId { get; init; }

    /// <summary>What <see cref="Pitfall.Allow"/> allowed while the response was made.</summary>
    public Allowance? Ambient { get; init; }

    /// <summary>Stands for the foreign site whose origin was sent back with credentials allowed, by hand; 0: the origin <c>null</c>.</summary>
    public int? EchoedSite { get; init; }

    /// <summary>What the handler answered with, where the framework told.</summary>
    public SentResult? Sent { get; init; }

    /// <summary><c>GET /orders/{id}</c>.</summary>
    public string Route => Endpoint.RouteFor(Method);

    public bool IsJson => MediaTypes.IsJson(MediaType) || ((MediaType is null or "text/plain") && LooksLikeJson(Body.Span));

    public bool IsSuccess => Status is >= 200 and <= 299;

    /// <summary>JSON written by hand often goes out without its media type.</summary>
    private static bool LooksLikeJson(ReadOnlySpan<byte> body)
    {
        body = body.TrimStart(" \r\n\t"u8);
        return body.Length > 1 && body[0] is (byte)'{' or (byte)'[';
    }
}
