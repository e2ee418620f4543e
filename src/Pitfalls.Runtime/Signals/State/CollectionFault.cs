using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Code;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>The runtime itself said that a shared collection was used by two at once.</summary>
/// <param name="Collection">The collection.</param>
/// <param name="Kind">What the runtime found.</param>
/// <param name="Place">The place in the user's code that met the exception.</param>
/// <param name="Route">The request it happened in, if any.</param>
/// <param name="Ambient">What was allowed there and then.</param>
internal sealed record CollectionFault(ObservedCollection Collection, CollectionFaultKind Kind, CodePlace Place, string? Route, Allowance? Ambient);

/// <summary>What the runtime's collections notice by themselves.</summary>
internal enum CollectionFaultKind
{
    /// <summary>It was changed between two steps of an enumeration.</summary>
    ChangedWhileRead,

    /// <summary>Two changes met, and its inside is damaged.</summary>
    ChangedByTwo,
}

/// <summary>Wakes a rule when the runtime found a shared collection in use by two at once.</summary>
internal interface ICollectionFaultRule
{
    void Observe(CollectionFault fault, IPitfallReporter reporter);
}
