using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Requests.Uploads;

/// <summary>Wakes a rule for every request that brought files, on a thread of the library's own after the response has ended.</summary>
internal interface IUploadRule
{
    void Observe(ObservedUpload upload, IPitfallReporter reporter);
}
