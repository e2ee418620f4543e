namespace Pitfalls.Runtime.Signals.Exceptions;

/// <summary>
/// What a host's hosted services do, as seen from anywhere in their execution context: it begins when the host starts them and goes wherever they
/// go. A request never carries it: servers start theirs from threads of their own.
/// </summary>
internal sealed class HostedWork(object host)
{
    public const int Capacity = 64;

    private static readonly AsyncLocal<HostedWork?> s_current = new();

    /// <summary>The hosted services' work this code belongs to; <see langword="null"/> in requests, in <c>Program</c> and on threads of nobody.</summary>
    public static HostedWork? Current => s_current.Value;

    /// <summary>Stands for the host, as in <see cref="Requests.RequestScope.Host"/>.</summary>
    public object Host { get; } = host;

    /// <summary>What was thrown lately.</summary>
    public ThrownExceptions Thrown { get; } = new(Capacity);

    /// <summary>
    /// Called while the host starts its services one after the other, from a method that is not async: what it sets stays with the services that
    /// start after us, and ends where the host's own start ends.
    /// </summary>
    public void Enter() => s_current.Value = this;
}
