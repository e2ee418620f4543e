using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Startup.Repository;

/// <summary>Wakes a rule once the host has started, with files that look like secrets in the repository and under the web root.</summary>
internal interface ISecretFileRule
{
    void Observe(CandidateFile file, IPitfallReporter reporter);
}

/// <summary>A file whose name may mean a secret, and what can be said of it without its content.</summary>
internal sealed record CandidateFile
{
    /// <summary>The path from the content root, with slashes.</summary>
    public required string Path { get; init; }

    /// <summary>Its name alone.</summary>
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>The git repository that holds the content root has it.</summary>
    public bool IsTracked { get; init; }

    public bool IsUnderWebRoot { get; init; }

    public long Length { get; init; }

    /// <summary>It holds the armour of a private key.</summary>
    public bool HoldsPrivateKey { get; init; }

    /// <summary>The names it assigns, of a file of lines <c>NAME=value</c>; <see langword="null"/>: not read as one.</summary>
    public IReadOnlyList<string>? Assigned { get; init; }
}
