using System.Runtime.CompilerServices;

using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Signals.Blocking;

/// <summary>How often the requests of an endpoint have been looked at in samples. Holds no host's endpoints alive.</summary>
internal sealed class EndpointLooks
{
    /// <summary>The first look may show a request that is merely slow because everything in it is compiled.</summary>
    public const int Enough = 3;

    private readonly ConditionalWeakTable<EndpointFacts, StrongBox<int>> _looks = [];

    public int Of(RequestScope scope) => EndpointOf(scope) is { } endpoint && _looks.TryGetValue(endpoint, out var looks) ? looks.Value : 0;

    public void Add(RequestScope scope)
    {
        if (EndpointOf(scope) is { } endpoint)
            _looks.GetOrCreateValue(endpoint).Value++;
    }

    /// <summary>The request may end while it is asked, and its context be another one's.</summary>
    private static EndpointFacts? EndpointOf(RequestScope scope)
    {
        try
        {
            var endpoint = scope.Endpoint;
            return scope.HasEnded ? null : endpoint;
        }
        catch (Exception exception) when (exception is ObjectDisposedException or NullReferenceException or InvalidOperationException)
        {
            return null;
        }
    }
}
