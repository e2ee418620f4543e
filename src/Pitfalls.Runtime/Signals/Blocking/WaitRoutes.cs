using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Signals.Blocking;

/// <summary>The route a wait belongs to: by the mark on its thread, else by the endpoint's handler on its stack.</summary>
internal sealed class WaitRoutes(EndpointBook endpoints, HandlerRoutes handlers)
{
    public (string? Route, EndpointFacts? Facts) Of(RequestScope? scope, StackFacts stack)
    {
        if (scope is not null)
        {
            var facts = EndpointOf(scope);
            return (facts.RouteFor(scope.Method), facts);
        }

        foreach (var frame in stack.Frames)
        {
            if (handlers.Find(frame.Method) is { } found)
                return (found.Route, found.Facts);
        }

        return (null, null);
    }

    /// <summary>The request may end while it is asked: then the server has its context back, and only what the scope has kept is true.</summary>
    private EndpointFacts EndpointOf(RequestScope scope)
    {
        try
        {
            var facts = scope.Endpoint;
            return scope.HasEnded ? scope.Endpoint : facts;
        }
        catch (Exception exception) when (exception is ObjectDisposedException or NullReferenceException or InvalidOperationException)
        {
            return scope.HasEnded ? scope.Endpoint : endpoints.None;
        }
    }
}
