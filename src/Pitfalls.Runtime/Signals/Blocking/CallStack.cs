using System.Reflection;
using System.Runtime.InteropServices;

using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Blocking;

/// <summary>One distinct stack, innermost frame first. Addresses become methods when somebody asks, once.</summary>
internal sealed class CallStack
{
    /// <summary>The runtime records no more frames than this; what lies below is missing.</summary>
    private const int MaxRecorded = 100;

    private readonly nint[] _addresses;
    private readonly Lazy<StackFacts> _facts;

    public CallStack(ReadOnlySpan<byte> addresses)
    {
        // Only processes with addresses of eight bytes get here: the stream says how wide its are.
        _addresses = MemoryMarshal.Cast<byte, nint>(addresses).ToArray();
        _facts = new Lazy<StackFacts>(() => StackFacts.Of([.. Resolve()], _addresses.Length >= MaxRecorded));
    }

    public StackFacts Facts => _facts.Value;

    public bool Holds(ReadOnlySpan<byte> addresses) => MemoryMarshal.AsBytes(_addresses.AsSpan()).SequenceEqual(addresses);

    /// <summary>Whether this stack goes on from where another one stood: its outer frames are the other's, up to the innermost few.</summary>
    public bool IsInside(CallStack outer)
    {
        const int Innermost = 3;
        var shared = outer._addresses.Length - Innermost;
        return shared <= 0
            || (shared <= _addresses.Length && outer._addresses.AsSpan(Innermost).SequenceEqual(_addresses.AsSpan(_addresses.Length - shared)));
    }

    private IEnumerable<Frame> Resolve()
    {
        foreach (var address in _addresses)
        {
            if (NativeFrames.MethodOf(address) is { } method)
                yield return new Frame(method, address);
        }
    }
}

/// <summary>One managed frame and the return address in it.</summary>
internal readonly record struct Frame(MethodBase Method, nint Address);

/// <summary>Whose thread a stack is on.</summary>
internal enum ThreadKind
{
    /// <summary>A thread of the pool.</summary>
    Pool,

    /// <summary>A thread somebody made; blocking it is what it is for.</summary>
    Dedicated,

    /// <summary>Too deep to see where it starts.</summary>
    Unknown,

    /// <summary>A thread of this library.</summary>
    Ours,
}

/// <summary>What a resolved stack tells by itself.</summary>
internal sealed record StackFacts(IReadOnlyList<Frame> Frames, ThreadKind Thread)
{
    private const int Innermost = 5;

    /// <summary>
    /// Whether the innermost frames are a way to block. A stack that is the same in several samples may also be that of a loop, which is at the same
    /// place whenever the runtime can stop it: such a thread works.
    /// </summary>
    public bool StandsStill { get; } = Frames.Take(Innermost).TakeWhile(f => IsOfTheFramework(f.Method)).Any(f => Primitives.WordsFor(f.Method) is not null);

    public static StackFacts Of(IReadOnlyList<Frame> frames, bool isCut) => new(frames, KindOf(frames, isCut));

    private static bool IsOfTheFramework(MethodBase method) => method.Module.Assembly.GetName().Name?.StartsWith("System.", StringComparison.Ordinal) == true;

    private static ThreadKind KindOf(IReadOnlyList<Frame> frames, bool isCut)
    {
        // From the thread's start inwards: what it was started for.
        for (var i = frames.Count - 1; i >= 0; i--)
        {
            var type = frames[i].Method.DeclaringType;
            if (type?.Assembly == typeof(StackFacts).Assembly && frames.Count - i <= 3 && !isCut)
                return ThreadKind.Ours;
            if (type?.FullName is "System.Threading.PortableThreadPool+WorkerThread" or "System.Threading.WindowsThreadPool" or "System.Threading.ThreadPoolWorkQueue"
                or "System.Threading.PortableThreadPool+IOCompletionPoller" or "System.Threading.ThreadPoolBoundHandle")
                return ThreadKind.Pool;
        }

        return isCut ? ThreadKind.Unknown : ThreadKind.Dedicated;
    }
}
