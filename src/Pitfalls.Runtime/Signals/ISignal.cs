namespace Pitfalls.Runtime.Signals;

/// <summary>A source of signals with a life of its own. Registered in the container as <see cref="ISignal"/>, it starts with the host and ends with the container.</summary>
internal interface ISignal
{
    /// <summary>Called once while the host starts. It must be quick: what is slow goes to a thread of the signal's own after the host has started.</summary>
    void Start();

    /// <summary>Completes when everything seen before has been judged.</summary>
    Task DrainAsync();
}
