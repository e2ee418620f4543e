using Microsoft.AspNetCore.Http.HttpResults;

using PitfallShop.Api;
using PitfallShop.Lessons;

namespace PitfallShop.Deployment;

/// <summary>PIT7007: every web site may ask the shop as whoever visits that site.</summary>
public sealed class CredentialedAnyOrigin : Lesson
{
    public override IReadOnlyList<Expectation> Expectations { get; } = [Finds("PIT7007", "GET /v1/widget")];

    public override void Map(ShopRoutes shop)
    {
        // v1: AllowAnyOrigin() with credentials throws, and this is how people get around it.
        shop.Everybody.MapGet("/v1/widget", Show).RequireCors(cors => cors.SetIsOriginAllowed(_ => true).AllowCredentials());

        // v2: the sites that carry the widget are known.
        shop.Everybody.MapGet("/v2/widget", Show).RequireCors(cors => cors.WithOrigins("https://partner.example").AllowCredentials());
    }

    public override Task VisitAsync(Visit visit) => visit.GetAsync("widget");

    private static Ok<WidgetView> Show() => TypedResults.Ok(new WidgetView("Woollen Scarf"));
}

public sealed record WidgetView(string Offer);
