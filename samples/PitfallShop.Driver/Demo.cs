using PitfallShop.Lessons;

namespace PitfallShop.Driver;

/// <summary>The demo in its two forms: until Ctrl-C, and one tour with a verdict.</summary>
internal static class Demo
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_inAHurry = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_atEase = TimeSpan.FromMilliseconds(300);

    /// <summary>One tour: 0 when exactly what the lessons announce was found, else 1.</summary>
    public static async Task<int> OnceAsync(CancellationToken cancel)
    {
        await using var shop = await OpenAsync(cancel);
        var feed = Watch(shop);
        try
        {
            var verdict = await Tour.RunAsync(shop.Address, shop.Administrator, feed, s_inAHurry, s_patience, cancel);
            Printout.Say(Printout.Describe(verdict));
            return verdict.IsGood ? 0 : 1;
        }
        catch (Exception exception) when (exception is UnannouncedAnswerException or HttpRequestException or TimeoutException)
        {
            Printout.Failed(exception.Message, shop.LastWords);
            return 1;
        }
    }

    /// <summary>Starves the shop's pool and shows who is told to have done it.</summary>
    public static async Task<int> StarveAsync(CancellationToken cancel)
    {
        await using var shop = await OpenAsync(cancel);
        try
        {
            return await Starvation.RunAsync(shop, Watch(shop), cancel);
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutException)
        {
            Printout.Failed(exception.Message, shop.LastWords);
            return 1;
        }
    }

    /// <summary>Shows findings as they come and stays up until it is cancelled.</summary>
    public static async Task<int> StayAsync(CancellationToken cancel)
    {
        await using var shop = await OpenAsync(cancel);
        var feed = Watch(shop);
        try
        {
            await using var tour = await Tour.OpenAsync(shop.Address, shop.Administrator, cancel);
            await await Task.WhenAny(tour.ShopAsync(s_atEase, closing: CancellationToken.None, cancel), ShowAsync());
            return 0;
        }
        catch (Exception exception) when (exception is UnannouncedAnswerException or HttpRequestException && !cancel.IsCancellationRequested)
        {
            if (exception is HttpRequestException && await shop.EndsInOrderAsync())
                return 0;
            Printout.Failed(exception.Message, shop.LastWords);
            return 1;
        }

        async Task ShowAsync()
        {
            var all = await feed.WaitForAsync(found => Verdict.Of(found).Missing.Count == 0, s_patience, cancel);
            Printout.Stays(shop.Address, all);
            await feed.WaitForAsync(_ => false, Timeout.InfiniteTimeSpan, cancel);
        }
    }

    private static async Task<ShopProcess> OpenAsync(CancellationToken cancel)
    {
        Printout.Say("Starting the shop …");
        var shop = await ShopProcess.StartAsync(cancel);
        Printout.Opened(shop.Address, Lesson.All.Count);
        return shop;
    }

    private static FindingFeed Watch(ShopProcess shop)
    {
        var feed = new FindingFeed(shop.Address);
        feed.Found += Printout.Show;
        return feed;
    }
}
