using System.Text.Json.Serialization;

namespace Pitfalls.Runtime;

/// <summary>The place in your code a finding points at.</summary>
public sealed record PitfallLocation
{
    /// <summary>The function as its author wrote it, with namespace and type: <c>Shop.OrdersController.Get</c>.</summary>
    [JsonPropertyName("function")]
    public required string Function { get; init; }

    /// <summary>The source file, from the PDB; <see langword="null"/> where there is none.</summary>
    [JsonPropertyName("file")]
    public string? File { get; init; }

    /// <summary>The line in <see cref="File"/>, from 1; <see langword="null"/> where there is no PDB.</summary>
    [JsonPropertyName("line")]
    public int? Line { get; init; }

    /// <summary>The file's path as the compiler wrote it: of the machine that built it, so it goes out only as far as it lies in the repository.</summary>
    [JsonIgnore]
    internal string? Path { get; init; }

    /// <summary>The place as a terminal or an editor can follow it: <c>Shop.OrdersController.Get in OrdersController.cs:line 42</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => File is null ? Function : $"{Function} in {File}:line {Line}";
}
