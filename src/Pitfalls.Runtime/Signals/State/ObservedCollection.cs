using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Code;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>What rules get to see of a collection that lives as long as the process or the host: names, types and counts, never a value.</summary>
internal sealed class ObservedCollection
{
    /// <summary>The way to it, <c>Shop.Cache.Users</c>: field and nothing else.</summary>
    public required string Name { get; init; }

    /// <summary><c>ConcurrentDictionary</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The type with its arguments, <c>ConcurrentDictionary&lt;string, User&gt;</c>.</summary>
    public required string Type { get; init; }

    public required RootKind Root { get; init; }

    public required Sharing Sharing { get; init; }

    /// <summary>On the way there lies an array or list: the object that has it may come and go, with a request for one.</summary>
    public bool IsElement { get; init; }

    public string? KeyType { get; init; }

    public string? ValueType { get; init; }

    /// <summary>Oldest first; a fixed number of them.</summary>
    public required IReadOnlyList<CollectionSample> Samples { get; init; }

    /// <summary>The most entries it ever had before it shrank; 0 when it never did.</summary>
    public long ShrunkFrom { get; init; }

    /// <summary>In how many stretches between two samples it changed while requests were served.</summary>
    public int ChangesWithRequests { get; init; }

    public bool IsMemoryCache { get; init; }

    /// <summary>What a <c>MemoryCache</c> does about its size; <see langword="null"/> where that is not known.</summary>
    public CacheLimits? Limits { get; init; }

    /// <summary>The places that change it. Asking may read the user's code for the first time: ask when there is something to report.</summary>
    public required Lazy<IReadOnlyList<CodePlace>> Changes { get; init; }

    /// <summary>Where the field is declared, as near as the symbols tell.</summary>
    public required Lazy<PitfallLocation?> Declaration { get; init; }

    /// <summary>What attributes on the field, its property, its types and its assembly allow.</summary>
    public required Lazy<Allowance?> Declared { get; init; }
}

/// <summary>What keeps a <c>MemoryCache</c> from growing.</summary>
/// <param name="HasSizeLimit">It evicts when it is full.</param>
/// <param name="ShareWithoutExpiry">Of a few entries looked at, the share that stays for ever.</param>
internal readonly record struct CacheLimits(bool HasSizeLimit, double ShareWithoutExpiry);
