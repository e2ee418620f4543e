using System.Collections.Concurrent;

using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

using PitfallShop.Api;
using PitfallShop.Lessons;

namespace PitfallShop.Threading;

/// <summary>PIT1001: a request's thread stands still while it could serve others. Eight ways to do that, each beside the way that gives the thread back.</summary>
public sealed class BlockedRequestThread : Lesson
{
    private const int FreshMilliseconds = 1000;

    private static readonly TimeSpan s_paymentTakes = TimeSpan.FromMilliseconds(350);

    private static readonly ConcurrentDictionary<string, (string[] Days, long At)> s_days = new();
    private static readonly ConcurrentDictionary<string, (Task<string[]> Days, long At)> s_awaitedDays = new();

    public override IReadOnlyList<Expectation> Expectations { get; } =
    [
        Finds("PIT1001", "GET /v1/shipping/quote"),
        Finds("PIT1001", "GET /v1/shipping/days/{region}"),
        Finds("PIT1001", "GET /v1/shipping/rates"),
        // The same call is synchronous I/O by its nature, however soon it is answered.
        Finds("PIT1003", "GET /v1/shipping/rates"),
        Finds("PIT1001", "GET /v1/orders/{id}/parcel"),
        Finds("PIT1001", "GET /v1/orders/{id}/payment"),
        Finds("PIT1001", "GET /v1/shipping/quotes"),
        // The lock and the semaphore are taken in the office's own code: that is where the thread stands.
        new("PIT1001", "GET /v1/stock/count", "BackOffice.cs"),
        new("PIT1001", "POST /v1/labels", "BackOffice.cs"),
    ];

    public override void Map(ShopRoutes shop)
    {
        shop.Everybody.MapGet("/v1/shipping/quote", QuoteV1);
        shop.Everybody.MapGet("/v2/shipping/quote", QuoteV2);
        shop.Everybody.MapGet("/v1/shipping/quotes", QuotesV1);
        shop.Everybody.MapGet("/v2/shipping/quotes", QuotesV2);
        shop.Everybody.MapGet("/v1/shipping/days/{region}", DaysV1);
        shop.Everybody.MapGet("/v2/shipping/days/{region}", DaysV2);
        shop.Everybody.MapGet("/v1/shipping/rates", RatesV1);
        shop.Everybody.MapGet("/v2/shipping/rates", RatesV2);
        shop.Everybody.MapGet("/v2/shipping/fuel", FuelAsync);
        shop.Customers.MapGet("/v1/orders/{id}/payment", PaymentV1);
        shop.Customers.MapGet("/v2/orders/{id}/payment", PaymentV2);
        shop.Everybody.MapGet("/v1/stock/count", (BackOffice office) => new StockView(office.Count()));
        shop.Everybody.MapGet("/v2/stock/count", (BackOffice office) => new StockView(office.LastCount));
        shop.Customers.MapPost("/v1/labels", (BackOffice office) => new LabelView(office.NextLabel()));
        shop.Customers.MapPost("/v2/labels", async (BackOffice office, CancellationToken cancel) => new LabelView(await office.NextLabelAsync(cancel)));
    }

    public override async Task VisitAsync(Visit visit)
    {
        await visit.GetAsync("shipping/quote?grams=700");
        await visit.GetAsync("shipping/quotes?grams=700");
        await visit.GetAsync("shipping/days/north");
        await visit.GetAsync("shipping/rates");
        await visit.GetAsync($"orders/{visit.OrderId}/parcel");
        await visit.GetAsync($"orders/{visit.OrderId}/payment");
        await visit.GetAsync("stock/count");
        await visit.SendAsync(HttpMethod.Post, "labels", null);
    }

    // v1: .Result: the thread waits for what another thread will have to finish.
    private static QuoteView QuoteV1(Carrier carrier, int grams) => new(carrier.QuoteAsync(grams).Result);

    // v2: awaited.
    private static async Task<QuoteView> QuoteV2(Carrier carrier, int grams, CancellationToken cancel) => new(await carrier.QuoteAsync(grams, cancel));

    // v1: Task.WaitAll: two at a time, and a thread that watches them.
    private static QuoteView QuotesV1(Carrier carrier, int grams)
    {
        Task<decimal>[] quotes = [carrier.QuoteAsync(grams), carrier.QuoteAsync(grams * 2)];
        Task.WaitAll(quotes);
        return new QuoteView(quotes.Min(q => q.Result));
    }

    // v2: Task.WhenAll.
    private static async Task<QuoteView> QuotesV2(Carrier carrier, int grams, CancellationToken cancel) =>
        new((await Task.WhenAll(carrier.QuoteAsync(grams, cancel), carrier.QuoteAsync(grams * 2, cancel))).Min());

    // v1: the factory of GetOrAdd cannot be awaited, so it blocks; and all who ask for the same run it at the same time.
    private static string[] DaysV1(string region, Carrier carrier)
    {
        if (s_days.TryGetValue(Region(region), out var known) && Environment.TickCount64 - known.At > FreshMilliseconds)
            s_days.TryRemove(Region(region), out _);
        return s_days.GetOrAdd(Region(region), r => (carrier.DaysAsync(r).Result, Environment.TickCount64)).Days;
    }

    // v2: the task is what is kept, and everybody awaits it.
    private static Task<string[]> DaysV2(string region, Carrier carrier)
    {
        if (s_awaitedDays.TryGetValue(Region(region), out var known) && Environment.TickCount64 - known.At > FreshMilliseconds)
            s_awaitedDays.TryRemove(Region(region), out _);
        return s_awaitedDays.GetOrAdd(Region(region), r => (carrier.DaysAsync(r), Environment.TickCount64)).Days;
    }

    /// <summary>There are two of them, whatever is asked for.</summary>
    private static string Region(string asked) => asked == "north" ? "north" : "south";

    // v1: HttpClient.Send holds the thread for as long as the other side likes. No event of the runtime's tells that; samples do.
    private static QuoteView RatesV1(HttpRequest request, HttpClient client)
    {
        using var question = new HttpRequestMessage(HttpMethod.Get, Fuel(request));
        using var answer = client.Send(question);
        return new QuoteView((int)answer.StatusCode);
    }

    // v2: SendAsync.
    private static async Task<QuoteView> RatesV2(HttpRequest request, HttpClient client, CancellationToken cancel)
    {
        using var question = new HttpRequestMessage(HttpMethod.Get, Fuel(request));
        using var answer = await client.SendAsync(question, cancel);
        return new QuoteView((int)answer.StatusCode);
    }

    private static Uri Fuel(HttpRequest request) => new($"{request.Scheme}://{request.Host}/v2/shipping/fuel");

    /// <summary>Stands for a service elsewhere that takes its time.</summary>
    private static async Task<QuoteView> FuelAsync(CancellationToken cancel)
    {
        await Task.Delay(s_paymentTakes, cancel);
        return new QuoteView(1.72m);
    }

    // v1: looks, sleeps, looks again.
    private static PaymentView PaymentV1(int id)
    {
        Thread.Sleep(s_paymentTakes);
        return new PaymentView(id, "paid");
    }

    // v2: the same pause without a thread.
    private static async Task<PaymentView> PaymentV2(int id, CancellationToken cancel)
    {
        await Task.Delay(s_paymentTakes, cancel);
        return new PaymentView(id, "paid");
    }
}

[ApiController]
[Authorize]
public sealed class ParcelController(Carrier carrier) : ControllerBase
{
    // v1: asynchronous at first, and then GetAwaiter().GetResult() all the same.
    [HttpGet("/v1/orders/{id}/parcel")]
    public async Task<ParcelView> ShowV1(int id)
    {
        await Task.Yield();
        return new ParcelView(id, carrier.TrackAsync(id).GetAwaiter().GetResult());
    }

    // v2: awaited to the end.
    [HttpGet("/v2/orders/{id}/parcel")]
    public async Task<ParcelView> ShowV2(int id, CancellationToken cancel) => new(id, await carrier.TrackAsync(id, cancel));
}

public sealed record QuoteView(decimal Amount);

public sealed record StockView(int Pieces);

public sealed record LabelView(int Number);

public sealed record ParcelView(int OrderId, string Where);

public sealed record PaymentView(int OrderId, string State);
