namespace Pitfalls.Runtime.Signals.Dependencies;

/// <summary>What a source tells of a call that begins, on the thread that makes it.</summary>
internal readonly ref struct CallStart
{
    public required DependencyKind Kind { get; init; }

    public required string System { get; init; }

    public required string Operation { get; init; }

    public string? Target { get; init; }

    /// <summary>The command's text or an HTTP origin: read while the call begins, never kept.</summary>
    public ReadOnlySpan<char> Text { get; init; }

    public bool? IsSynchronous { get; init; }

    public bool IsEntityFramework { get; init; }

    /// <summary>Whether it counts towards the same command run again and again.</summary>
    public CountAs CountAs { get; init; }

    /// <summary>Names the call when it ends; empty: its end is not told.</summary>
    public Guid Id { get; init; }
}

/// <summary>How a call counts among its like in one request.</summary>
internal enum CountAs
{
    /// <summary>Not at all.</summary>
    Nothing,

    Command,

    /// <summary>All commands of one SaveChanges together are one.</summary>
    PartOfSave,
}

/// <summary>A call on its way to the rules.</summary>
internal struct RawCall
{
    public DependencyKind Kind;
    public string System;
    public string Operation;
    public string? Target;
    public ulong Shape;
    public CallPhase Phase;
    public bool? IsSynchronous;
    public bool IsEntityFramework;
    public bool? Failed;
    public long Started;
    public TimeSpan? Duration;
    public TimeSpan SinceResponse;
    public Requests.RequestScope? Scope;
    public DependencySignal? Owner;
    public CallPlace? Place;
    public Reporting.Allowance? Ambient;
    public string? HealthCheck;
    public CountAs CountAs;
}
