namespace Pitfalls.Runtime.Signals.State;

/// <summary>How many entries a collection had at a moment.</summary>
/// <param name="At">The moment.</param>
/// <param name="Count">Entries.</param>
/// <param name="Requests">Requests the app had taken until then.</param>
internal readonly record struct CollectionSample(DateTimeOffset At, long Count, long Requests);
