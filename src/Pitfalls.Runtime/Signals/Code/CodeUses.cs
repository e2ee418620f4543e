namespace Pitfalls.Runtime.Signals.Code;

/// <summary>A place in the user's code that changes a collection.</summary>
/// <param name="Method">The method the instruction stands in.</param>
/// <param name="Offset">Of the instruction.</param>
/// <param name="Effect">Whether it may add.</param>
/// <param name="IsLocked">Only one thread at a time comes there: by a lock around it, or around every call that leads to it.</param>
/// <param name="IsFromRequests">It is reached by more than start-up code and hosted services.</param>
/// <param name="IsConstruction">It stands in the constructor of the object it changes, or in a static constructor.</param>
internal sealed record CollectionUse(MethodId Method, int Offset, CollectionEffect Effect, bool IsLocked, bool IsFromRequests, bool IsConstruction);

/// <summary>A place in the user's code that assigns a field.</summary>
internal sealed record FieldAssignment(MethodId Method, int Offset, bool IsConstruction);
