using Pitfalls.Runtime;

namespace PitfallShop.Driver;

/// <summary>A request that the library is sure to count, and how often it was sent.</summary>
internal sealed class Marker
{
    public const string Path = "/v1/products/by-sku/KNIT-9999";
    public const string Route = "GET /v1/products/by-sku/{sku}";

    private const string Rule = "PIT3001";

    private long _sent;

    public long Sent => Interlocked.Read(ref _sent);

    public long CountedIn(IReadOnlyList<Finding> found) =>
        found.FirstOrDefault(finding => finding.RuleId == Rule && finding.Routes.Contains(Route))?.Count ?? 0;

    public bool IsCounted(IReadOnlyList<Finding> found) => CountedIn(found) == Sent;

    /// <summary>Goes into a customer's client: lessons send the marker's request, too.</summary>
    public DelegatingHandler Counting(HttpMessageHandler inner) => new Counter(this) { InnerHandler = inner };

    private sealed class Counter(Marker marker) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri?.AbsolutePath == Path)
                Interlocked.Increment(ref marker._sent);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
