using System.Collections.Concurrent;

namespace Pitfalls.Runtime.Signals.Dependencies;

/// <summary>
/// Knows where each endpoint makes each of its calls, so that a stack is taken once and not for every call. The first, second, third … call of
/// one shape in a request may come from different places (a validator asks what the handler asks again), so the first few have one each.
/// </summary>
internal sealed class CallPlaces(CallStackReader reader)
{
    private const int Max = 4096;
    private const int MaxOrdinal = 3;
    private const int MaxLooks = 3;

    private readonly ConcurrentDictionary<(object Endpoint, ulong Shape, int Ordinal), Known> _known = new();
    private int _count;

    /// <summary>The place of this call. Takes a stack when it is not known yet.</summary>
    public CallPlace? For(object endpoint, ulong shape, int ordinal, in CallStart call)
    {
        var key = (endpoint, shape, Math.Min(ordinal, MaxOrdinal));
        if (_known.TryGetValue(key, out var known))
        {
            // The first stack may have begun behind an await, where the user's frames are gone.
            if (known.Place.HasMethod || known.Looks >= MaxLooks)
                return known.Place;
        }
        else if (Volatile.Read(ref _count) >= Max)
        {
            return null;
        }

        var place = reader.Read(call);
        if (_known.TryAdd(key, new Known(place, 1)))
            Interlocked.Increment(ref _count);
        else
            _known[key] = new Known(place, (known?.Looks ?? 1) + 1);
        return place;
    }

    private sealed record Known(CallPlace Place, int Looks);
}
