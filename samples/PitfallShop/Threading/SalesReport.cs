using PitfallShop.Api;

namespace PitfallShop.Threading;

/// <summary>
/// PIT1002: one blocking report that many ask for at once, and everything else in the shop waits for a thread. Not a lesson of the tour: a starved
/// shop serves nobody. <c>./build.sh demo --starve</c> shows it.
/// </summary>
public static class SalesReport
{
    public const string File = nameof(SalesReport) + ".cs";
    public const string PathV1 = "/v1/reports/sales";
    public const string PathV2 = "/v2/reports/sales";

    private static readonly TimeSpan s_query = TimeSpan.FromSeconds(1);

    public static void Map(ShopRoutes shop)
    {
        shop.Everybody.MapGet(PathV1, ShowV1);
        shop.Everybody.MapGet(PathV2, ShowV2);
    }

    // v1: a hundred readers hold a hundred threads, and the pool gets one or two more a second.
    private static SalesView ShowV1() => SumAsync().Result;

    // v2: a hundred readers hold none.
    private static Task<SalesView> ShowV2() => SumAsync();

    /// <summary>Stands for a long query.</summary>
    private static async Task<SalesView> SumAsync()
    {
        await Task.Delay(s_query);
        return new SalesView(120, 4_810.50m);
    }
}

public sealed record SalesView(int Orders, decimal Total);
