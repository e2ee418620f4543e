using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>Wakes a rule for every response that was looked at, on a thread of the library's own after the response has ended.</summary>
internal interface IResponseRule
{
    void Observe(ObservedResponse response, IPitfallReporter reporter);
}
