namespace Pitfalls.Runtime.Benchmarks.Server;

/// <summary>One endpoint of the app under test and how many requests a measured slice sends to it.</summary>
internal sealed record BenchEndpoint(string Name, string Description, int Requests, Action<IEndpointRouteBuilder> Map)
{
    private static readonly Product[] s_hundred = [.. Enumerable.Range(1, 100).Select(Product.Number)];

    public static IReadOnlyList<BenchEndpoint> All { get; } =
    [
        new("json", "one small object", 20_000, app => app.MapGet("/json", () => Product.Number(17))),
        new("list", "a hundred objects, about 10 KB", 8_000, app => app.MapGet("/list", () => s_hundred)),
        new("awaits", "the small object after ten awaits", 12_000, app => app.MapGet("/awaits", async () =>
        {
            for (var i = 0; i < 10; i++)
                await Task.Yield();
            return Product.Number(17);
        })),
    ];

    public static BenchEndpoint Called(string name) =>
        All.FirstOrDefault(e => e.Name == name) ?? throw new ArgumentException($"there is no endpoint '{name}'");
}

/// <summary>What a small shop would send.</summary>
internal sealed record Product(int Id, string Name, string Category, decimal Price, int InStock, bool IsNew, DateOnly Since)
{
    public static Product Number(int id) =>
        new(id, $"Mechanical keyboard {id}", "Peripherals", 59.90m + id, id * 3, id % 7 == 0, new DateOnly(2024, 1, 1).AddDays(id));
}
