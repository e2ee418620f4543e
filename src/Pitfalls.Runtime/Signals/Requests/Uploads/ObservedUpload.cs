using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Requests.Uploads;

/// <summary>A request that brought files, in plain values. The names that the client sent are not among them, so no rule can print one.</summary>
internal sealed record ObservedUpload
{
    /// <summary>What answered.</summary>
    public required EndpointFacts Endpoint { get; init; }

    /// <summary>The HTTP method; unknown ones are <c>_OTHER</c>.</summary>
    public required string Method { get; init; }

    /// <summary>The status it was answered with.</summary>
    public required int Status { get; init; }

    /// <summary>The answer was a page. After a form it is more often the form once more, with what was wrong, than a success.</summary>
    public bool AnsweredWithPage { get; init; }

    public required IReadOnlyList<UploadedFile> Files { get; init; }

    public string? TraceId { get; init; }

    /// <summary>What <see cref="Pitfall.Allow"/> allowed in the request.</summary>
    public Allowance? Ambient { get; init; }

    /// <summary><c>POST /pictures</c>.</summary>
    public string Route => Endpoint.RouteFor(Method);
}

/// <summary>One file of an upload.</summary>
internal sealed record UploadedFile
{
    /// <summary>The media type the client claims, in lower case; <see langword="null"/>: none.</summary>
    public string? DeclaredType { get; init; }

    /// <summary>The extension of the name the client sent, in lower case and without its dot; <see langword="null"/>: none.</summary>
    public string? Extension { get; init; }

    /// <summary>At most its first 512 bytes.</summary>
    public ReadOnlyMemory<byte> Head { get; init; }

    /// <summary>Its length; <see langword="null"/> when it did not come to its end.</summary>
    public long? Length { get; init; }

    /// <summary>What is odd about the name the client sent.</summary>
    public NameTraits Name { get; init; }

    /// <summary>Where a file of the very name that the client sent was written; <see langword="null"/>: none was seen.</summary>
    public SavedCopy? Saved { get; init; }
}

/// <summary>What can be said of a name without saying it.</summary>
/// <param name="Length">Characters.</param>
/// <param name="HasParentSegment">It holds <c>..</c>.</param>
/// <param name="HasSeparator">It holds a slash or backslash.</param>
/// <param name="HasDrive">It begins with a drive or is a path from the root.</param>
internal readonly record struct NameTraits(int Length, bool HasParentSegment, bool HasSeparator, bool HasDrive)
{
    public static NameTraits Of(string name) => new(
        name.Length,
        name.Split('/', '\\').Contains(".."),
        name.AsSpan().ContainsAny('/', '\\'),
        name is [var letter, ':', ..] && char.IsAsciiLetter(letter) || name is ['/' or '\\', ..]);
}

/// <summary>A file on disk that has the client's name.</summary>
/// <param name="Folder">Where, in words: <c>the web root</c>. A path could hold what the client sent.</param>
/// <param name="Writer">The user's statement that copied the upload there, where it was seen.</param>
internal sealed record SavedCopy(string Folder, PitfallLocation? Writer);
