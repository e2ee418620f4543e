using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Code;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>What rules get to see of an object that sits in a field that lives long: names and types.</summary>
internal sealed class HeldObject
{
    /// <summary>The way to it: <c>Shop.Locator.Services</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The type as a person writes it: that of the object, which may be derived from what the field says.</summary>
    public required string Type { get; init; }

    public required HeldKind Kind { get; init; }

    public required RootKind Root { get; init; }

    /// <summary>The field itself is the static one; else it belongs to an object that a static or a singleton leads to.</summary>
    public required bool IsInStaticField { get; init; }

    /// <summary>On the way there lies an array or list: what is in it may come and go.</summary>
    public required bool IsElement { get; init; }

    /// <summary>An instance of a type that is registered as scoped and as nothing else.</summary>
    public required bool IsScopedService { get; init; }

    /// <summary>The container made it for the root scope: it was captured for good.</summary>
    public required bool IsPromoted { get; init; }

    /// <summary>In how many samples in a row the very same object was there.</summary>
    public required int SamplesOfThisOne { get; init; }

    /// <summary>In how many samples in a row there was one at all.</summary>
    public required int Samples { get; init; }

    /// <summary>The singleton or static type that holds on to it.</summary>
    public required string Holder { get; init; }

    /// <summary>The object's type with its namespace.</summary>
    public required string FullType { get; init; }

    /// <summary>Where the holder's life begins: its constructor.</summary>
    public required Lazy<PitfallLocation?> HolderLocation { get; init; }

    /// <summary>The places that assign the field, those outside of constructors first.</summary>
    public required Lazy<IReadOnlyList<CodePlace>> Assignments { get; init; }

    /// <summary>Whether user code makes objects of this type by itself, so that it need not have come from the container.</summary>
    public required Lazy<bool> IsConstructedByUser { get; init; }

    public required Lazy<PitfallLocation?> Declaration { get; init; }

    public required Lazy<Allowance?> Declared { get; init; }
}

/// <summary>Wakes a rule for every object met in a field that lives long and that perhaps should not be there.</summary>
internal interface IHeldObjectRule
{
    void Observe(HeldObject held, IPitfallReporter reporter);
}
