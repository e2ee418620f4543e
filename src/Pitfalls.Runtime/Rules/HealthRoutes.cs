namespace Pitfalls.Runtime.Rules;

/// <summary>Recognises endpoints that say whether an app is alive: they answer probes, not clients.</summary>
internal static class HealthRoutes
{
    private static readonly HashSet<string> s_words = new(StringComparer.OrdinalIgnoreCase)
    {
        "health", "healthz", "healthcheck", "health-check", "healthchecks", "ready", "readyz", "readiness", "live", "livez", "liveness", "alive", "ping", "heartbeat", "hc",
    };

    /// <param name="route">As in a finding: <c>GET /api/health</c>.</param>
    public static bool Is(string route) => route[(route.LastIndexOf(' ') + 1)..].Split('/').Any(s_words.Contains);
}
