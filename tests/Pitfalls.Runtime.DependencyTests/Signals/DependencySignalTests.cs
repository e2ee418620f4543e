using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.DependencyTests.Support;
using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Signals.Dependencies;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.DependencyTests.Signals;

[Collection(nameof(Alone))]
public class DependencySignalTests
{
    [Fact]
    public async Task A_call_belongs_to_the_host_in_whose_request_it_is_made()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();

        var before = (First: Calls(first), Second: Calls(second));

        await first.Client.GetStringAsync("/sync");
        await second.Client.GetStringAsync("/async");

        await first.ExpectAsync("PIT1003");
        Assert.Equal((before.First + 1, before.Second + 1), (Calls(first), Calls(second)));
        await second.AssertSilentAsync("PIT1003");
    }

    [Fact]
    public async Task What_is_called_outside_of_requests_is_nobodys_where_there_are_two_hosts()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        using var database = new ShopDatabase();
        await using var shop = database.Open();
        var before = (Calls(first), Calls(second));

        await shop.Customers.CountAsync();

        Assert.Equal(before, (Calls(first), Calls(second)));
    }

    [Fact]
    public async Task A_call_costs_no_memory_in_production()
    {
        await using var app = await StartAsync("Production");
        await app.Client.GetStringAsync("/async");
        var watch = DependencyWatch.Current!;
        var scope = new RequestScope(app.Services.GetRequiredService<RequestScopes>().Host, app.Services.GetRequiredService<EndpointBook>(), new DefaultHttpContext());
        RequestScope.Enter(scope);

        var least = long.MaxValue;
        for (var batch = 0; batch < 30; batch++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 64; i++)
                Call(watch);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            await app.Services.GetRequiredService<DependencySignal>().DrainAsync();
        }

        Assert.Equal(0, least);
        Assert.True(Calls(app) >= 30 * 64, "a measure that sees nothing proves nothing");
    }

    [Fact]
    public async Task In_production_a_request_without_a_scope_makes_entity_framework_build_no_event()
    {
        await using var app = await StartAsync("Production");
        for (var i = 0; i < RequestScopes.FirstRequests; i++)
            await app.Client.GetStringAsync("/nothing");
        await app.Client.GetStringAsync("/async");
        var seen = 0L;
        // At most twenty a second carry a scope, and as many calls outside of one are looked at: of a hundred at once most are not.
        for (var i = 0; i < 100; i++)
        {
            await app.Client.GetStringAsync("/async");
            seen = Calls(app);
        }

        Assert.InRange(seen, 1, 99);
    }

    private static long Calls(TestApp app) => app.Services.GetRequiredService<DependencySignal>().Calls;

    private static void Call(DependencyWatch watch)
    {
        var id = Guid.NewGuid();
        watch.Begin(new CallStart
        {
            Kind = DependencyKind.Database,
            System = "sqlite",
            Operation = "SELECT",
            Text = """SELECT "c"."Id", "c"."Name" FROM "Customers" AS "c" WHERE "c"."Id" = @id LIMIT 1""",
            IsSynchronous = false,
            CountAs = CountAs.Command,
            Id = id,
        });
        watch.End(id, failed: false);
    }

    private static Task<TestApp> StartAsync(string environment = "Development") => TestApp.StartAsync(
        app =>
        {
            app.MapGet("/sync", (ShopContext shop) => shop.Customers.Count());
            app.MapGet("/async", async (ShopContext shop) => await shop.Customers.CountAsync());
            app.MapGet("/nothing", () => "nothing");
        },
        services => services.AddShop(),
        environment);
}
