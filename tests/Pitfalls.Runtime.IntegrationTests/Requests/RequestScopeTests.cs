using System.Collections.Concurrent;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

using Pitfalls.Runtime.IntegrationTests.Support;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.IntegrationTests.Requests;

public class RequestScopeTests
{
    [Fact]
    public async Task Code_anywhere_in_a_request_knows_its_route_and_late_code_knows_that_it_ended()
    {
        var late = new TaskCompletionSource<RequestScope?>();
        var mayEnd = new TaskCompletionSource();
        await using var app = await TestApp.StartAsync(a => a.MapGet("/orders/{id}", async (int id) =>
        {
            await Task.Yield();
            _ = Task.Run(async () =>
            {
                await mayEnd.Task.ConfigureAwait(false);
                late.SetResult(RequestScope.Current);
            });
            return RequestScope.Current is { HasEnded: false } scope ? scope.Route : "none";
        }));

        Assert.Equal("GET /orders/{id}", await app.Client.GetStringAsync("/orders/7"));
        await app.DrainAsync();
        mayEnd.SetResult();

        var scope = await late.Task;
        Assert.True(scope!.HasEnded);
        Assert.Equal("GET /orders/{id}", scope.Route);
        Assert.Equal(200, scope.Status);
    }

    [Fact]
    public async Task In_Production_only_a_sample_carries_a_scope_and_none_is_left_over_on_the_connection()
    {
        var seen = new ConcurrentBag<RequestScope?>();
        await using var app = await TestApp.StartAsync(
            a => a.MapGet("/", (HttpContext context) =>
            {
                var scope = RequestScope.Current;
                seen.Add(scope);
                return scope is null || !scope.HasEnded;
            }),
            environment: "Production");

        for (var i = 0; i < 2_000; i++)
            Assert.Equal("true", await app.Client.GetStringAsync("/"));

        Assert.InRange(seen.OfType<RequestScope>().Distinct().Count(), RequestScopes.FirstRequests, 1_999);
        Assert.Equal(seen.OfType<RequestScope>().Count(), seen.OfType<RequestScope>().Distinct().Count());
    }
}
