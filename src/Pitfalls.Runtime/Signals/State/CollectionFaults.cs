using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.ExceptionServices;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>
/// Hears the exceptions of the runtime's collections as they are thrown, and keeps where in the user's code that was. Which collection it
/// was is found out later, off the request.
/// </summary>
internal sealed class CollectionFaults(RequestScopes scopes, UserCode userCode) : IDisposable
{
    private const int MaxPending = 64;

    // A stack costs some 50 µs: an app that throws these all day long shall not pay for more than a few.
    private const int StacksPerSecond = 20;

    // Everything is prepared before the first exception comes: what fails in a handler of exceptions ends the process.
    private readonly FrozenDictionary<string, CollectionFaultKind> _texts = CollectionTexts.Read();
    private readonly ConcurrentQueue<Sighting> _pending = new();
    private long _second;
    private int _inSecond;
    private bool _listens;

    /// <summary>Called on the throwing thread when the first sighting waits to be judged.</summary>
    public event Action? Waiting;

    public void Listen()
    {
        if (_listens)
            return;
        _listens = true;
        AppDomain.CurrentDomain.FirstChanceException += OnException;
    }

    public void Dispose() => AppDomain.CurrentDomain.FirstChanceException -= OnException;

    /// <summary>Takes all that wait.</summary>
    public IReadOnlyList<Sighting> Take()
    {
        var taken = new List<Sighting>();
        while (taken.Count < MaxPending && _pending.TryDequeue(out var sighting))
            taken.Add(sighting);
        return taken;
    }

    private void OnException(object? sender, FirstChanceExceptionEventArgs thrown)
    {
        // This very type and no other: its message is the runtime's own code.
        if (thrown.Exception.GetType() != typeof(InvalidOperationException))
            return;
        try
        {
            if (_texts.TryGetValue(thrown.Exception.Message, out var kind) && _pending.Count < MaxPending && IsWithinBudget())
                Note(kind, RequestScope.Current);
        }
        catch (Exception)
        {
            // Nothing may leave a handler of exceptions.
        }
    }

    private void Note(CollectionFaultKind kind, RequestScope? scope)
    {
        // Another host's request has another host's singletons.
        if (scope is not null && scope.Host != scopes.Host)
            return;
        if (PlaceIn(new StackTrace(2, fNeedFileInfo: false)) is not var (method, offset, callee))
            return;
        _pending.Enqueue(new Sighting(kind, method, offset, callee, scope?.Route, scope?.Allowed));
        if (_pending.Count == 1)
            Waiting?.Invoke();
    }

    /// <summary>The user's method that called into the collections, where the exception was thrown by one of them and not passed on.</summary>
    private (MethodBase Method, int Offset, string Callee)? PlaceIn(StackTrace stack)
    {
        var isTheirs = false;
        string? callee = null;
        for (var i = 0; i < stack.FrameCount; i++)
        {
            if (stack.GetFrame(i) is not { } frame || frame.GetMethod() is not { DeclaringType: { } type } method)
                return null;
            var space = type.Namespace ?? "";
            // The runtime's own frames of throwing; but what is thrown again has been seen before.
            if (!isTheirs && space.StartsWith("System.Runtime", StringComparison.Ordinal) && type != typeof(ExceptionDispatchInfo))
                continue;
            if (userCode.Contains(method))
                return isTheirs ? (method, Math.Max(0, frame.GetILOffset()), callee ?? "") : null;
            // In optimised code only the helper that throws is left of the collection. Above it there may be queries, and what of the framework reads one to its end.
            var isHelper = type.Name == "ThrowHelper" && space.StartsWith("System", StringComparison.Ordinal);
            isTheirs |= isHelper || space.StartsWith("System.Collections", StringComparison.Ordinal);
            if (!isTheirs || !IsFrameworks(space))
                return null;
            if (!isHelper)
                callee = method.Name;
        }

        return null;
    }

    private static bool IsFrameworks(string space) =>
        space == "System" || space.StartsWith("System.Collections", StringComparison.Ordinal) || space.StartsWith("System.Linq", StringComparison.Ordinal);

    private bool IsWithinBudget()
    {
        var second = Environment.TickCount64 / 1000;
        if (Interlocked.Exchange(ref _second, second) != second)
            Volatile.Write(ref _inSecond, 0);
        return Interlocked.Increment(ref _inSecond) <= StacksPerSecond;
    }

    /// <summary>Where it was, until it is known what it was about.</summary>
    internal sealed record Sighting(CollectionFaultKind Kind, MethodBase Method, int Offset, string Callee, string? Route, Allowance? Ambient)
    {
        /// <summary>Scans that have not found the collection yet.</summary>
        public int Tries { get; set; }
    }
}
