using System.Threading.Channels;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

using PitfallShop.Api;
using PitfallShop.Data;
using PitfallShop.Lessons;

namespace PitfallShop.Threading;

/// <summary>PIT1005: the answer is out, and the work for it still goes on, with nobody to wait for it or to hear of its faults.</summary>
public sealed class WorkAfterRequest : Lesson
{
    public override IReadOnlyList<Expectation> Expectations { get; } = [Finds("PIT1005", "POST /v1/reminders")];

    public override void Map(ShopRoutes shop)
    {
        shop.Everybody.MapPost("/v1/reminders", SendV1);
        shop.Everybody.MapPost("/v2/reminders", SendV2);
    }

    public override Task VisitAsync(Visit visit) => visit.SendAsync(HttpMethod.Post, "reminders", null, v1: 202, v2: 202);

    // v1: started and forgotten. A restart loses it, a fault is told to nobody, and a crowd of customers makes a crowd of these.
    private static Accepted SendV1(IServiceScopeFactory scopes)
    {
        _ = Task.Run(() => RemindAsync(scopes));
        return TypedResults.Accepted((string?)null);
    }

    // v2: handed to a worker that the host starts, waits for and stops. A full queue is an answer, too.
    private static Results<Accepted, StatusCodeHttpResult> SendV2(ReminderQueue reminders) =>
        reminders.TryAdd() ? TypedResults.Accepted((string?)null) : TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);

    private static async Task RemindAsync(IServiceScopeFactory scopes)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(200));
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<ShopDb>().Orders.CountAsync(order => order.Status != OrderStatus.Shipped);
    }

    /// <summary>Works off what waits, in a context of its own.</summary>
    internal sealed class Worker(ReminderQueue reminders, IServiceScopeFactory scopes) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await foreach (var _ in reminders.ReadAllAsync(stoppingToken))
                await RemindAsync(scopes);
        }
    }
}

/// <summary>The reminders that wait. When more come than can be sent, the oldest give way.</summary>
public sealed class ReminderQueue
{
    private readonly Channel<byte> _waiting = Channel.CreateBounded<byte>(new BoundedChannelOptions(100) { FullMode = BoundedChannelFullMode.DropOldest });

    public bool TryAdd() => _waiting.Writer.TryWrite(0);

    public IAsyncEnumerable<byte> ReadAllAsync(CancellationToken cancel) => _waiting.Reader.ReadAllAsync(cancel);
}

internal static class ReminderExtensions
{
    public static void AddReminders(this IServiceCollection services) =>
        services.AddSingleton<ReminderQueue>().AddHostedService<WorkAfterRequest.Worker>();
}
