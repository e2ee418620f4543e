using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Startup.Endpoints;

/// <summary>Wakes a rule for all endpoints together: once the host has started, and again when they change.</summary>
internal interface IEndpointRule
{
    void Observe(PublishedEndpoints endpoints, IPitfallReporter reporter);
}
