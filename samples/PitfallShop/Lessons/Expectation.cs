namespace PitfallShop.Lessons;

/// <summary>A finding that a lesson's first version must bring, and that nothing else may.</summary>
/// <param name="RuleId">The rule.</param>
/// <param name="Route">The endpoint it is found in; <see langword="null"/> for what has none, such as a growing static.</param>
/// <param name="File">The source file it must point at; <see langword="null"/> where there is no place in code to point at.</param>
public sealed record Expectation(string RuleId, string? Route, string? File);
