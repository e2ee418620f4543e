using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Code;

/// <summary>A place in the user's code, as rules get it.</summary>
internal sealed record CodePlace
{
    public required PitfallLocation Location { get; init; }

    /// <summary>It may add to the collection; else it removes or replaces.</summary>
    public bool Adds { get; init; }

    /// <summary>Only one thread at a time comes there.</summary>
    public bool IsLocked { get; init; }

    /// <summary>More than start-up code and hosted services leads there.</summary>
    public bool IsFromRequests { get; init; }

    /// <summary>It stands in the constructor of what it changes.</summary>
    public bool IsConstruction { get; init; }

    /// <summary>What attributes allow there.</summary>
    public Allowance? Declared { get; init; }

    /// <summary><c>Cache.Add in Cache.cs:line 12</c>: without the namespace, for lists of places.</summary>
    public string Short
    {
        get
        {
            var function = Location.Function;
            var method = function.LastIndexOf('.');
            var type = method > 0 ? function.LastIndexOf('.', method - 1) : -1;
            return (Location with { Function = function[(type + 1)..] }).ToString();
        }
    }
}
