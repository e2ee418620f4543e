using Microsoft.AspNetCore.Http.HttpResults;

using PitfallShop.Api;
using PitfallShop.Lessons;

namespace PitfallShop.Errors;

/// <summary>PIT6002: a line on the console that no level, category or trace id will ever find again.</summary>
public sealed partial class ConsoleOutput : Lesson
{
    public override IReadOnlyList<Expectation> Expectations { get; } = [Finds("PIT6002", "GET /v1/offers/{id}")];

    public override void Map(ShopRoutes shop)
    {
        shop.Everybody.MapGet("/v1/offers/{id}", ShowV1);
        shop.Everybody.MapGet("/v2/offers/{id}", ShowV2);
    }

    public override Task VisitAsync(Visit visit) => visit.GetAsync("offers/4");

    // v1: every request waits for the console, and in the log there is nothing.
    private static Ok<OfferView> ShowV1(int id)
    {
        Console.WriteLine($"offer {id} was looked at");
        return TypedResults.Ok(new OfferView(id, IsOpen: id % 2 == 0));
    }

    // v2: a log that can be filtered, kept and found by its trace.
    private static Ok<OfferView> ShowV2(int id, ILogger<ConsoleOutput> log)
    {
        OfferSeen(log, id);
        return TypedResults.Ok(new OfferView(id, IsOpen: id % 2 == 0));
    }

    [LoggerMessage(1, LogLevel.Debug, "Offer {Id} was looked at.")]
    private static partial void OfferSeen(ILogger logger, int id);
}

public sealed record OfferView(int Id, bool IsOpen);
