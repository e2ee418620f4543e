using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Tests.Signals.Requests;

public class EndpointBookTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void The_first_twenty_are_due_then_one_a_second()
    {
        var facts = EndpointFacts.WithoutEndpoint();

        Assert.Equal(20, Enumerable.Range(0, 20).Count(_ => facts.IsDue(_time)));
        // The clock of "one a second" starts with the first response after them.
        Assert.True(facts.IsDue(_time));
        Assert.False(facts.IsDue(_time));
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(facts.IsDue(_time));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(facts.IsDue(_time));
        Assert.False(facts.IsDue(_time));
        _time.Advance(TimeSpan.FromHours(5));
        Assert.True(facts.IsDue(_time));
        Assert.False(facts.IsDue(_time));
    }

    [Fact]
    public async Task On_many_threads_no_more_are_due_than_on_one()
    {
        var facts = EndpointFacts.WithoutEndpoint();

        var due = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Enumerable.Range(0, 5_000).Count(_ => facts.IsDue(_time)))));

        Assert.Equal(21, due.Sum());
    }

    [Fact]
    public void A_million_raw_paths_are_one_bucket()
    {
        var book = Book();
        var context = new DefaultHttpContext();

        for (var i = 0; i < 1_000_000; i++)
        {
            context.Request.Path = $"/raw/{i & 0xFF}";
            Assert.Same(book.None, book.For(context.GetEndpoint(), context));
        }

        Assert.Equal("GET (no endpoint)", book.None.RouteFor("GET"));
        Assert.False(book.None.HasEndpoint);
    }

    [Fact]
    public void Made_up_route_values_of_legacy_routing_are_one_bucket_too()
    {
        var book = Book();
        for (var i = 0; i < 100_000; i++)
        {
            var context = new DefaultHttpContext();
            context.Features.Set<IRoutingFeature>(new RoutingFeature { RouteData = new RouteData(new RouteValueDictionary { ["controller"] = $"c{i}", ["action"] = "a" }) });
            Assert.Same(book.None, book.For(null, context));
        }
    }

    [Fact]
    public void An_endpoint_is_known_by_its_template_and_once()
    {
        var book = Book();
        var endpoint = Endpoint("/orders/{id}");

        Assert.Same(book.For(endpoint), book.For(endpoint));
        Assert.Equal("GET /orders/{id}", book.For(endpoint).RouteFor("GET"));
        Assert.Equal("PUT /orders/{id}", book.For(endpoint).RouteFor("PUT"));
        Assert.Equal("GET /orders/{id}", book.For(Endpoint("orders/{id}")).RouteFor("GET"));
    }

    [Fact]
    public void An_endpoint_that_the_app_lets_go_of_is_let_go_of()
    {
        var book = Book();
        var gone = Enumerable.Range(0, 50).Select(i => Use(book, i)).ToList();

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        // The last may still stand in a register.
        Assert.InRange(gone.Count(g => g.IsAlive), 0, 1);
    }

    [Fact]
    public void Our_own_endpoints_are_told_from_the_apps()
    {
        Assert.False(EndpointFacts.WithoutEndpoint().IsOurs);
        Assert.False(Book().For(Endpoint("/x")).IsOurs);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference Use(EndpointBook book, int number)
    {
        var endpoint = Endpoint($"/made/{number}");
        _ = book.For(endpoint).RouteFor("GET");
        _ = book.For(endpoint).Location;
        return new WeakReference(endpoint);
    }

    private static RouteEndpoint Endpoint(string pattern) =>
        new(_ => Task.CompletedTask, RoutePatternFactory.Parse(pattern), 0, EndpointMetadataCollection.Empty, pattern);

    private static EndpointBook Book() => new(
        new UserCode(["Pitfalls.Runtime.Tests"], null, null), new SourceLocator(new SourceLines()), new StatusNotes(), new ServiceCollection().BuildServiceProvider());
}
