using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Exceptions;

/// <summary>The exceptions of one request, or of a moment of a host's background work, until it is settled what became of them. Bounded.</summary>
/// <remarks>Written while exceptions are on their way, so without locks and with one small allocation for each.</remarks>
internal sealed class ThrownExceptions(int capacity = ThrownExceptions.PerRequest)
{
    /// <summary>More than this many distinct ones of a request are not followed.</summary>
    public const int PerRequest = 16;

    private const int MaxDepth = 8;

    private readonly Thrown?[] _thrown = new Thrown?[capacity];
    private int _count;

    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    public bool IsFull => Volatile.Read(ref _count) >= _thrown.Length;

    /// <summary>An exception that is thrown again or passed on by an <c>await</c> comes several times.</summary>
    public bool Contains(Exception exception) => Find(exception) is not null;

    public void Add(Exception exception, Allowance? ambient, bool isHosted = false) => Add(new Thrown(exception, ambient, isHosted));

    public void Add(Thrown thrown)
    {
        if (!IsFull && Interlocked.Increment(ref _count) - 1 is var at && at < _thrown.Length)
            Volatile.Write(ref _thrown[at], thrown);
    }

    /// <summary>Somebody has told a log of it, or of one that wraps it.</summary>
    public void MarkLogged(Exception exception) => MarkLogged(exception, 0);

    /// <summary>All of them, which are let go here.</summary>
    public IReadOnlyList<Thrown> Take()
    {
        var taken = new List<Thrown>();
        for (var i = 0; i < _thrown.Length; i++)
        {
            if (Interlocked.Exchange(ref _thrown[i], null) is { } thrown && !taken.Exists(t => ReferenceEquals(t.Exception, thrown.Exception)))
                taken.Add(thrown);
        }

        Volatile.Write(ref _count, 0);
        return taken;
    }

    private void MarkLogged(Exception? exception, int depth)
    {
        for (; exception is not null && depth < MaxDepth; exception = exception.InnerException, depth++)
        {
            Find(exception)?.WasLogged = true;
            if (exception is not AggregateException { InnerExceptions: { Count: > 1 } several })
                continue;
            // The first one is InnerException.
            for (var i = 1; i < several.Count && i < PerRequest; i++)
                MarkLogged(several[i], depth + 1);
        }
    }

    private Thrown? Find(Exception exception)
    {
        var count = Math.Min(Volatile.Read(ref _count), _thrown.Length);
        for (var i = 0; i < count; i++)
        {
            if (Volatile.Read(ref _thrown[i]) is { } thrown && ReferenceEquals(thrown.Exception, exception))
                return thrown;
        }

        return null;
    }
}

/// <summary>One exception and what is known of it so far.</summary>
internal sealed class Thrown(Exception exception, Allowance? ambient, bool isHosted)
{
    /// <summary>In milliseconds of <see cref="Environment.TickCount64"/>.</summary>
    public long At { get; } = Environment.TickCount64;

    /// <summary>Thrown in the context of a hosted service.</summary>
    public bool IsHosted { get; } = isHosted;

    public Exception Exception { get; } = exception;

    /// <summary>What <see cref="Pitfall.Allow"/> allowed where it was thrown.</summary>
    public Allowance? Ambient { get; } = ambient;

    public bool WasLogged { get; set; }
}
