using System.Net.Http.Headers;
using System.Net.Http.Json;

using Microsoft.AspNetCore.Authentication.BearerToken;

using PitfallShop.Api;
using PitfallShop.Lessons;

namespace PitfallShop.Driver;

/// <summary>One customer with one connection, as a browser tab has: one request after the other.</summary>
internal sealed class Shopper : IDisposable
{
    private static readonly byte[] s_png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0];

    private readonly HttpClient _http;
    private readonly bool _isAdministrator;
    private readonly Random _random;
    private int _customerId;
    private int _orderId;

    private Shopper(Uri shop, bool isAdministrator, Marker marker, int seed)
    {
        _http = new HttpClient(marker.Counting(new SocketsHttpHandler { MaxConnectionsPerServer = 1 })) { BaseAddress = shop };
        _isAdministrator = isAdministrator;
        _random = new Random(seed);
    }

    /// <summary>Opens an account and signs in.</summary>
    public static async Task<Shopper> EnterAsync(Uri shop, string email, bool isAdministrator, Marker marker, int seed, CancellationToken cancel)
    {
        var shopper = new Shopper(shop, isAdministrator, marker, seed);
        var password = Guid.NewGuid().ToString("N");
        var account = await shopper.PostAsync<AccountView>("/v2/accounts", new NewAccount($"Customer {seed}", email, password), 201, cancel);
        var token = await shopper.PostAsync<AccessTokenResponse>("/v2/accounts/token", new Credentials(email, password), 200, cancel);
        shopper._customerId = account.Id;
        shopper._http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.AccessToken);
        return shopper;
    }

    /// <summary>Buys something, then does everything there is to do, in an order of this customer's own.</summary>
    public async Task RoundAsync(TimeSpan pause, CancellationToken cancel)
    {
        await OrderAsync(cancel);
        var (v1, v2) = (new Visit(_http, 1, _orderId, _isAdministrator, cancel), new Visit(_http, 2, _orderId, _isAdministrator, cancel));
        Func<Task>[] errands =
        [
            () => BrowseAsync(v2),
            () => ChangeAvatarAsync(v2),
            () => AdministrateAsync(v2),
            () => _http.GetStringAsync("/health", cancel),
            .. Lesson.All.Select(lesson => (Func<Task>)(() => lesson.VisitAsync(v1))),
            .. Lesson.All.Select(lesson => (Func<Task>)(() => lesson.VisitAsync(v2))),
        ];
        _random.Shuffle(errands);
        foreach (var errand in errands)
        {
            await errand();
            // A person reads what came before the next click.
            await Task.Delay(pause * (0.5 + _random.NextDouble()), cancel);
        }
    }

    /// <summary>Sends the marker, last on this customer's connection.</summary>
    public async Task MarkAsync(CancellationToken cancel) => await _http.GetStringAsync(Marker.Path, cancel);

    public void Dispose() => _http.Dispose();

    private async Task BrowseAsync(Visit visit)
    {
        await visit.GetAsync($"products?page={_random.Next(1, 4)}");
        await visit.GetAsync($"products/{_random.Next(1, 61)}");
        await visit.GetAsync("products/9999", v2: 404);
        await visit.GetAsync("orders");
        await visit.GetAsync($"orders/{_orderId}");
    }

    private async Task ChangeAvatarAsync(Visit visit)
    {
        await SendAsync("image/png", announced: 204);
        await visit.GetAsync($"customers/{_customerId}/avatar");
        await SendAsync("image/jpeg", announced: 400);

        Task SendAsync(string type, int announced)
        {
            var picture = new ByteArrayContent(s_png) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
            return visit.SendAsync(HttpMethod.Put, "customers/me/avatar", new MultipartFormDataContent { { picture, "picture", "me.png" } }, v2: announced);
        }
    }

    private async Task AdministrateAsync(Visit visit)
    {
        var announced = _isAdministrator ? 200 : 403;
        await visit.GetAsync("admin/sales", v2: announced);
        await visit.GetAsync("admin/stock", v2: announced);
        if (_isAdministrator)
            await visit.SendAsync(HttpMethod.Put, "admin/products/7/price", JsonContent.Create(new NewPrice(_random.Next(100, 9_000))), v2: 204);
    }

    private async Task OrderAsync(CancellationToken cancel)
    {
        NewOrderLine[] lines = [new("KNIT-0001", _random.Next(1, 5)), new("KNIT-0042", 1)];
        _orderId = (await PostAsync<OrderView>("/v2/orders", new NewOrder(lines), 201, cancel)).Id;
    }

    private async Task<T> PostAsync<T>(string path, object body, int announced, CancellationToken cancel)
    {
        using var response = await _http.PostAsJsonAsync(path, body, cancel);
        if ((int)response.StatusCode != announced)
            throw new UnannouncedAnswerException($"POST {path} answered {(int)response.StatusCode}, not {announced}.");
        return (await response.Content.ReadFromJsonAsync<T>(cancel))!;
    }
}
