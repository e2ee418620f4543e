namespace PitfallShop.Threading;

/// <summary>The parcel service, as slow as others are: what it answers takes a while and no thread.</summary>
public sealed class Carrier
{
    private static readonly TimeSpan s_trip = TimeSpan.FromMilliseconds(60);

    public async Task<decimal> QuoteAsync(int grams, CancellationToken cancel = default)
    {
        await Task.Delay(s_trip, cancel);
        return 3.90m + (grams / 1000m);
    }

    public async Task<string> TrackAsync(int orderId, CancellationToken cancel = default)
    {
        await Task.Delay(s_trip, cancel);
        return $"parcel {orderId} is on its way";
    }

    /// <summary>The days on which it comes to a region; known for a moment only.</summary>
    public async Task<string[]> DaysAsync(string region, CancellationToken cancel = default)
    {
        await Task.Delay(s_trip, cancel);
        return region == "north" ? ["Monday", "Thursday"] : ["Tuesday", "Friday"];
    }
}
