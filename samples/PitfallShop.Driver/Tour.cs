namespace PitfallShop.Driver;

/// <summary>Several customers at a time, in both versions of the shop.</summary>
internal sealed class Tour : IAsyncDisposable
{
    private const int Customers = 4;

    private readonly Marker _marker = new();
    private readonly List<Shopper> _shoppers = [];

    private Tour()
    {
    }

    /// <summary>
    /// One whole tour with its verdict. Every customer sees every lesson at least once; they go on until all that is announced was
    /// found, or patience ends.
    /// </summary>
    public static async Task<Verdict> RunAsync(
        Uri shop, string administrator, FindingFeed feed, TimeSpan pause, TimeSpan patience, CancellationToken cancel)
    {
        using var closing = new CancellationTokenSource();
        await using var tour = await OpenAsync(shop, administrator, cancel);
        var traffic = tour.ShopAsync(pause, closing.Token, cancel);
        var complete = feed.WaitForAsync(found => Verdict.Of(found).Missing.Count == 0, patience, cancel);
        await Task.WhenAny(traffic, complete);
        await closing.CancelAsync();
        await traffic;
        await complete;
        return Verdict.Of(await tour.SettleAsync(feed, patience, cancel));
    }

    /// <summary>The customers come in and open their accounts; the first one runs the shop.</summary>
    public static async Task<Tour> OpenAsync(Uri shop, string administrator, CancellationToken cancel)
    {
        var tour = new Tour();
        for (var i = 0; i < Customers; i++)
        {
            var email = i == 0 ? administrator : $"customer-{Guid.NewGuid():N}@shop.example";
            tour._shoppers.Add(await Shopper.EnterAsync(shop, email, isAdministrator: i == 0, tour._marker, seed: i, cancel));
        }

        return tour;
    }

    /// <summary>They shop, each on their own, until closing time; the round under way is finished.</summary>
    public async Task ShopAsync(TimeSpan pause, CancellationToken closing, CancellationToken cancel)
    {
        using var trouble = CancellationTokenSource.CreateLinkedTokenSource(closing);
        await Task.WhenAll(_shoppers.Select(ShopAsync));

        async Task ShopAsync(Shopper shopper)
        {
            try
            {
                do
                    await shopper.RoundAsync(pause, cancel);
                while (!trouble.IsCancellationRequested);
            }
            catch
            {
                // What one of them ran into is the end for all.
                await trouble.CancelAsync();
                throw;
            }
        }
    }

    /// <summary>The findings once everything that was sent has been judged.</summary>
    /// <remarks>
    /// Each customer has one connection, and a server takes the next request of a connection when it is done with the last one; the
    /// library judges in order. So when the last marker of every customer has been counted, all before it has been judged. The
    /// second turn is for findings that were on their way while the first was counted.
    /// </remarks>
    public async Task<IReadOnlyList<Pitfalls.Runtime.Finding>> SettleAsync(FindingFeed feed, TimeSpan patience, CancellationToken cancel)
    {
        IReadOnlyList<Pitfalls.Runtime.Finding> found = [];
        for (var turn = 0; turn < 2; turn++)
        {
            foreach (var shopper in _shoppers)
                await shopper.MarkAsync(cancel);
            found = await feed.WaitForAsync(_marker.IsCounted, patience, cancel);
            if (!_marker.IsCounted(found))
                throw new TimeoutException($"The library has counted {_marker.CountedIn(found)} of {_marker.Sent} requests to {Marker.Route}.");
        }

        return found;
    }

    public ValueTask DisposeAsync()
    {
        _shoppers.ForEach(shopper => shopper.Dispose());
        return ValueTask.CompletedTask;
    }
}
