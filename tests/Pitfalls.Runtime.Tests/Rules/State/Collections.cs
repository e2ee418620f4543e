using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Code;
using Pitfalls.Runtime.Signals.State;

namespace Pitfalls.Runtime.Tests.Rules.State;

/// <summary>Collections as the rules get to see them.</summary>
internal static class Collections
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <param name="samples">Entries and requests since the start, a sample every ten seconds.</param>
    public static ObservedCollection Of(params (long Count, long Requests)[] samples) => new()
    {
        Name = "Shop.Cache.Users",
        Kind = "Dictionary",
        Type = "Dictionary<string, User>",
        Root = RootKind.Static,
        Sharing = Sharing.NotSafe,
        KeyType = "string",
        ValueType = "User",
        Samples = [.. samples.Select((s, i) => new CollectionSample(s_start.AddSeconds(10 * i), s.Count, s.Requests))],
        Changes = new(() => []),
        Declaration = new(() => new PitfallLocation { Function = "Shop.Cache.Users", File = "Cache.cs", Line = 3 }),
        Declared = new((Allowance?)null),
    };

    /// <summary>One entry a request, twenty requests a sample.</summary>
    public static ObservedCollection Growing(int samples = 8) => Of([.. Enumerable.Range(0, samples).Select(i => (100L + (20 * i), 20L * i))]);

    public static ObservedCollection With(
        this ObservedCollection c, RootKind? root = null, long shrunkFrom = 0, CacheLimits? limits = null, bool isMemoryCache = false,
        Sharing? sharing = null, int changes = 0, bool isElement = false, Allowance? declared = null, params CodePlace[] places) => new()
        {
            Name = c.Name,
            Kind = isMemoryCache ? "MemoryCache" : c.Kind,
            Type = c.Type,
            Root = root ?? c.Root,
            IsElement = isElement,
            Sharing = sharing ?? c.Sharing,
            KeyType = c.KeyType,
            ValueType = c.ValueType,
            Samples = c.Samples,
            ShrunkFrom = shrunkFrom,
            ChangesWithRequests = changes,
            IsMemoryCache = isMemoryCache,
            Limits = limits,
            Changes = new(() => places),
            Declaration = c.Declaration,
            Declared = new(declared),
        };

    public static CodePlace Place(string function = "Shop.Cache.Add", int line = 12, bool adds = true, bool isLocked = false, bool isFromRequests = true, bool isConstruction = false) => new()
    {
        Location = new PitfallLocation { Function = function, File = "Cache.cs", Line = line },
        Adds = adds,
        IsLocked = isLocked,
        IsFromRequests = isFromRequests,
        IsConstruction = isConstruction,
    };
}
