namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>A request may claim any method; only known ones become part of a route's name.</summary>
internal static class HttpMethodNames
{
    public const string Other = "_OTHER";

    private static readonly string[] s_known = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "QUERY"];

    public static string Known(string method)
    {
        foreach (var known in s_known)
        {
            if (string.Equals(known, method, StringComparison.OrdinalIgnoreCase))
                return known;
        }

        return Other;
    }
}
