using Microsoft.AspNetCore.Http.HttpResults;

using PitfallShop.Api;
using PitfallShop.Lessons;

namespace PitfallShop.Deployment;

/// <summary>PIT7005: appsettings.json has a key that everybody can guess, and one day it is in production.</summary>
public sealed class PlaceholderSecret : Lesson
{
    // It lies in a file and not in code.
    public override IReadOnlyList<Expectation> Expectations { get; } = [new("PIT7005", null, null)];

    public override void Map(ShopRoutes shop)
    {
        shop.Everybody.MapGet("/v1/suppliers/signature", SignV1);
        shop.Everybody.MapGet("/v2/suppliers/signature", SignV2);
    }

    // v2: as long as nobody has set a key, there are no signatures.
    public override Task VisitAsync(Visit visit) => visit.GetAsync("suppliers/signature", v1: 200, v2: 404);

    // v1: "change-me" is a value like any other, so nothing ever fails.
    private static Results<Ok<SignatureView>, NotFound> SignV1(IConfiguration configuration) => Sign(configuration, "Suppliers:V1:SigningKey");

    // v2: the key is in no file. Where it is missing that shows.
    private static Results<Ok<SignatureView>, NotFound> SignV2(IConfiguration configuration) => Sign(configuration, "Suppliers:V2:SigningKey");

    private static Results<Ok<SignatureView>, NotFound> Sign(IConfiguration configuration, string key) =>
        configuration[key] is { Length: > 0 } ? TypedResults.Ok(new SignatureView("HS256")) : TypedResults.NotFound();
}

public sealed record SignatureView(string Algorithm);
