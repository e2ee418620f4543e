namespace Pitfalls.Runtime.Signals.Exceptions;

/// <summary>
/// What a host's hosted services do, as seen from anywhere in their execution context: it begins when the host starts them and goes wherever they
/// go. A request never carries it: servers start theirs from threads of their own.
/// </summary>
internal sealed class HostedWork
{
    public const int Capacity = 64;

    private static readonly AsyncLocal<HostedWork?> s_current = new();

    /// <summary>The hosted services' work this code belongs to; <see langword="null"/> in requests, in <c>Program</c> and on threads of nobody.</summary>
    public static HostedWork? Current => s_current.Value;

    /// <summary>What was thrown lately.</summary>
    public ThrownExceptions Thrown { get; } = new(Capacity);

    /// <summary>
    /// Called where the host makes its services, which it does from its own start and before it starts the first: what is set here
    /// stays with all that it starts, and ends with its start. Their own <c>StartAsync</c> could not set it for one another.
    /// </summary>
    public void Enter() => s_current.Value = this;
}
