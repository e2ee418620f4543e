using Pitfalls.Runtime.Signals.Startup.Endpoints;

namespace Pitfalls.Runtime.Rules.Requests;

/// <summary>Endpoints that have to let strangers in: signing in, health, descriptions of the API.</summary>
internal static class PublicByNature
{
    private static readonly HashSet<string> s_words = new(StringComparer.OrdinalIgnoreCase)
    {
        "login", "logon", "signin", "register", "registration", "signup", "token", "refreshtoken", "authorize", "authenticate", "auth",
        "logout", "logoff", "signout", "forgotpassword", "resetpassword", "confirmemail", "confirmaccount", "verifyemail", "resendconfirmation",
        "accessdenied", "lockout", "externallogin", "externallogincallback", "callback", "challenge", "oauth", "oidc", "saml",
        "health", "healthz", "healthcheck", "healthchecks", "ready", "readyz", "readiness", "live", "livez", "liveness", "alive", "ping", "heartbeat",
        "metrics", "openapi", "swagger", "scalar", "redoc", "error", "errors", "notfound", "webhook", "webhooks", "csrf", "antiforgery", "privacy",
    };

    private static readonly HashSet<string> s_pairs = new(StringComparer.OrdinalIgnoreCase)
    {
        "log in", "sign in", "sign up", "log out", "sign out", "forgot password", "reset password", "confirm email", "confirm account", "verify email",
        "access denied", "external login", "not found", "well known", "send code", "verify code", "health check", "refresh token",
    };

    // Words that mean a token's renewal or a password's reset only below one of these.
    private static readonly HashSet<string> s_accountWords = new(StringComparer.OrdinalIgnoreCase) { "auth", "account", "accounts", "identity", "token", "tokens", "session", "sessions", "connect", "oauth", "user", "users" };

    private static readonly HashSet<string> s_onAccounts = new(StringComparer.OrdinalIgnoreCase) { "refresh", "revoke", "forgot", "confirm", "verify", "introspect", "userinfo" };

    public static bool Is(PublishedEndpoint endpoint)
    {
        // The last words count: /account/login is one, /login-attempts/{id} and /orders/status/history are not.
        var last = endpoint.Segments.LastOrDefault(s => s is not null);
        return (last is not null && (IsWord(last) || (s_onAccounts.Contains(last) && endpoint.Segments.Any(w => w is not null && s_accountWords.Contains(w))))) || (endpoint.Controller is not null && endpoint.Handler is { } action && IsWord(action.Name));
    }

    private static bool IsWord(string name)
    {
        var end = name.IndexOf('.', Math.Min(1, name.Length));
        var words = RouteWords.Of(end > 0 ? name[..end] : name);
        return words.Count switch
        {
            0 => false,
            1 => s_words.Contains(words[0]),
            2 => s_pairs.Contains(words[0] + " " + words[1]) || s_words.Contains(words[0] + words[1]) || (s_words.Contains(words[0]) && words[1] is "async" or "get" or "post"),
            _ => s_words.Contains(string.Concat(words)) || s_pairs.Contains(words[0] + " " + words[1]),
        };
    }
}
