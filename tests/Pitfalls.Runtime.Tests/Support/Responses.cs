using System.Text;

using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Tests.Support;

/// <summary>Responses as a rule gets them, without a server.</summary>
internal static class Responses
{
    public static ObservedResponse Json(string body, int status = 200, bool isTruncated = false) => Of(body, "application/json", status, isTruncated);

    public static ObservedResponse Of(string body, string? mediaType, int status = 200, bool isTruncated = false)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        return new ObservedResponse
        {
            Endpoint = EndpointFacts.WithoutEndpoint(),
            Method = "GET",
            Status = status,
            MediaType = mediaType,
            Body = bytes,
            BytesWritten = bytes.Length,
            IsTruncated = isTruncated,
        };
    }
}
