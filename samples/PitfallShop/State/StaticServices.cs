using PitfallShop.Api;
using PitfallShop.Lessons;

namespace PitfallShop.State;

/// <summary>PIT2004: the app's services in a static field, for code that does not want to be given what it needs.</summary>
public sealed class StaticServices : Lesson
{
    public override IReadOnlyList<Expectation> Expectations { get; } = [Finds("PIT2004")];

    public override void Add(IServiceCollection services) => services.AddSingleton<OpeningHours>();

    public override void Map(ShopRoutes shop)
    {
        Locator.Services = ((IEndpointRouteBuilder)shop.Everybody).ServiceProvider;
        shop.Everybody.MapGet("/v1/opening-hours", ShowV1);
        shop.Everybody.MapGet("/v2/opening-hours", ShowV2);
    }

    public override Task VisitAsync(Visit visit) => visit.GetAsync("opening-hours");

    // v1: nobody sees what this needs, and a second host in the process takes the first one's services away.
    private static HoursView ShowV1() => Locator.Services!.GetRequiredService<OpeningHours>().Today;

    // v2: what is needed is asked for.
    private static HoursView ShowV2(OpeningHours hours) => hours.Today;
}

internal static class Locator
{
    public static IServiceProvider? Services { get; set; }
}

public sealed class OpeningHours
{
    public HoursView Today => new("08:00", "20:00");
}

public sealed record HoursView(string From, string Until);
