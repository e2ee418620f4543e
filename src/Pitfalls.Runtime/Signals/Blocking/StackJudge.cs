using System.Reflection;
using System.Runtime.CompilerServices;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Blocking;

/// <summary>Finds on a stack the user's own frame, and what that frame called that blocks. One per host: whose code is "yours" differs.</summary>
internal sealed class StackJudge(UserCode userCode, SourceLocator locator, FrameSignatures signatures)
{
    private const int MaxTasksBehind = 6;

    private readonly ConditionalWeakTable<CallStack, BlockedPlace> _places = [];
    private readonly ConditionalWeakTable<CallStack, BlockedPlace> _inHandlers = [];

    /// <summary>Where the user's code blocks; <see cref="BlockedPlace.Nowhere"/> when it does not.</summary>
    public BlockedPlace Judge(CallStack stack) =>
        _places.TryGetValue(stack, out var known) ? known : _places.GetValue(stack, s => Judge(s.Facts.Frames));

    /// <summary>
    /// The same for a request whose handler is known. The framework calls handlers from methods it makes at run time, and a short handler is inlined into
    /// them: then no frame of the user's is on the stack, and the handler's own calls have to tell.
    /// </summary>
    public BlockedPlace Judge(CallStack stack, MethodBase? handler)
    {
        var place = Judge(stack);
        return place != BlockedPlace.Nowhere || handler is null || !userCode.Contains(handler) || !MayBeInHandler(stack) ? place
            : _inHandlers.TryGetValue(stack, out var known) ? known
            : _inHandlers.GetValue(stack, s => JudgeHandler(s.Facts.Frames, handler));
    }

    /// <summary>Whether a method made at run time called what blocks.</summary>
    public static bool MayBeInHandler(CallStack stack) => MadeCaller(stack.Facts.Frames) > 0;

    /// <summary>The same for frames that are known already.</summary>
    public BlockedPlace Judge(IReadOnlyList<Frame> frames)
    {
        for (var i = 0; i < frames.Count; i++)
        {
            if (IsOtherFlow(frames[i].Method))
                return BlockedPlace.Nowhere;
            if (userCode.Contains(frames[i].Method))
                return Locate(frames, i);
        }

        return BlockedPlace.Nowhere;
    }

    public BlockedPlace JudgeHandler(IReadOnlyList<Frame> frames, MethodBase handler)
    {
        if (MadeCaller(frames) is not (> 0 and var made))
            return BlockedPlace.Nowhere;
        var next = frames[made - 1].Method;
        var calls = ILCalls.Of(handler).Where(c => c.Target == next || Primitives.Rank(c.Target, next) > 0).ToList();
        if (calls.Count == 0)
            return BlockedPlace.Nowhere;
        var call = calls.MinBy(c => c.Target == next ? 0 : Primitives.Rank(c.Target, next));
        var words = Primitives.WordsFor(call.Target);
        return Place(
            handler, call.Offset, words ?? PrimitiveOf(frames, made)!, words is null ? MethodNames.Readable(call.Target) : TaskBehind(handler, call), Primitives.IsToldByEvents(frames[0].Method));
    }

    /// <summary>Where a method made at run time calls into what blocks, with no frame of the user's further in; else −1.</summary>
    private static int MadeCaller(IReadOnlyList<Frame> frames)
    {
        for (var i = 0; i < frames.Count; i++)
        {
            if (IsOtherFlow(frames[i].Method))
                return -1;
            if (frames[i].Method.DeclaringType is null)
                return i > 0 && PrimitiveOf(frames, i) is not null && !IsFrameworksDoing(CalleeOf(frames, i), frames[i - 1].Method) ? i : -1;
        }

        return -1;
    }

    private BlockedPlace Locate(IReadOnlyList<Frame> frames, int user)
    {
        var (method, address) = frames[user];
        if (user == 0)
            return LocateInlined(method, address);
        var callee = CalleeOf(frames, user);
        var primitive = PrimitiveOf(frames, user);
        if (primitive is null || IsFrameworksDoing(callee, frames[user - 1].Method))
            return BlockedPlace.Nowhere;

        // What the user called may have been inlined: then it is a method of the same type as the frame, or a way to block of the same library.
        var next = frames[user - 1].Method;
        var call = CallSites.Find(method, address, next, Primitives.Rank)
            ?? CallSites.FindInlined(method, address, target => IsKin(target, next))
            ?? CallSites.FindInlined(method, address, target => target.Module.Assembly == next.Module.Assembly && Primitives.WordsFor(target) is not null)
            // A hot Process.WaitForExit leaves nothing of itself but the wait of another assembly.
            ?? CallSites.FindInlined(method, address, static target => Primitives.WordsFor(target) is not null);
        var words = (call is { } known ? Primitives.WordsFor(known.Target) : null) ?? primitive;
        var offset = call?.Offset ?? NativeFrames.OffsetsOf(address, method)?.IL;
        var waitedFor = Primitives.WordsFor(call?.Target ?? callee) is null ? MethodNames.Readable(call?.Target ?? callee) : TaskBehind(method, call);
        return Place(method, offset, words, waitedFor, Primitives.IsToldByEvents(frames[0].Method));
    }

    private static bool IsKin(MethodBase called, MethodBase frame) =>
        called is MethodInfo { DeclaringType: { IsInterface: false } type }
        && type != typeof(object) && frame.DeclaringType is { } actual
        && (type.IsAssignableFrom(actual) || (type.IsGenericType && type.Name == actual.Name));

    /// <summary>The wait itself has been inlined into the user's frame.</summary>
    private BlockedPlace LocateInlined(MethodBase method, nint address) =>
        CallSites.FindInlined(method, address, static target => Primitives.WordsFor(target) is not null) is { } call
            ? Place(method, call.Offset, Primitives.WordsFor(call.Target)!, TaskBehind(method, call), Primitives.IsToldByEvents(call.Target))
            : BlockedPlace.Nowhere;

    private BlockedPlace Place(MethodBase method, int? offset, string primitive, string? waitedFor, bool isToldByEvents) => new()
    {
        Location = locator.Locate(method, offset),
        Subject = $"{MethodNames.Identity(method)} {primitive}",
        Primitive = primitive,
        WaitedFor = waitedFor,
        Signature = signatures.Of(method),
        Declared = SourceLocator.DeclaredAt(method),
        Assembly = method.Module.Assembly,
        IsToldByEvents = isToldByEvents,
    };

    /// <summary>The method the user called: their next frame inwards that is not machinery of async methods.</summary>
    private static MethodBase CalleeOf(IReadOnlyList<Frame> frames, int user)
    {
        for (var i = user - 1; i > 0; i--)
        {
            if (!IsAsyncMachinery(frames[i].Method))
                return frames[i].Method;
        }

        return frames[user - 1].Method;
    }

    /// <summary>The outermost way to block below the user's frame: <c>HttpClient.Send</c>, not the socket inside it.</summary>
    private static string? PrimitiveOf(IReadOnlyList<Frame> frames, int user)
    {
        for (var i = user - 1; i >= 0; i--)
        {
            if (Primitives.WordsFor(frames[i].Method) is { } words)
                return words;
        }

        return null;
    }

    /// <summary>
    /// An async method that blocks inside is its author's doing and not its caller's, who awaits it; and nobody can await a logger, a metric or
    /// the loading of a type.
    /// </summary>
    private static bool IsFrameworksDoing(MethodBase callee, MethodBase next) =>
        Primitives.WordsFor(callee) is null
        && (IsAwaitable(callee) || IsAsyncMachinery(next) || s_unblamable.Any(prefix => callee.DeclaringType?.FullName?.StartsWith(prefix, StringComparison.Ordinal) == true));

    private static readonly string[] s_unblamable =
    [
        "Microsoft.Extensions.Logging.", "Microsoft.Extensions.DependencyInjection.", "Microsoft.Extensions.Configuration.", "Microsoft.Extensions.Options.",
        "System.Diagnostics.Activity", "System.Diagnostics.Metrics.", "System.Diagnostics.Tracing.", "System.Diagnostics.Diagnostic", "System.Diagnostics.Trace",
        "System.Diagnostics.Debug", "System.Console", "System.Reflection.", "System.Runtime.", "System.Activator", "System.GC", "OpenTelemetry.", "Serilog.", "NLog.", "log4net.", "Sentry.",
    ];

    private static bool IsAwaitable(MethodBase callee) =>
        (callee.Name == "MoveNext" && callee.DeclaringType is { } machine && typeof(IAsyncStateMachine).IsAssignableFrom(machine))
        || (callee is MethodInfo { ReturnType: var returned } && IsTask(returned));

    /// <summary>Below this the thread runs what waited for something else to end: another flow than the frames further out.</summary>
    private static bool IsOtherFlow(MethodBase method) =>
        method.DeclaringType?.FullName is "System.Threading.Tasks.Task" && method.Name is "RunContinuations" or "FinishContinuations" or "FinishSlow"
        || method.DeclaringType is { Namespace: "System.Threading.Tasks", Name: "AwaitTaskContinuation" } && method.Name is "RunOrScheduleAction";

    private static bool IsAsyncMachinery(MethodBase method) =>
        method.DeclaringType is { Namespace: "System.Runtime.CompilerServices" } type
        && type.Name.StartsWith("Async", StringComparison.Ordinal)
        // Where the runtime itself suspends async methods, they stand on the stack by their own names and call its AsyncHelpers.
        && (type.Name == "AsyncHelpers" || type.DeclaringType?.Name == "AsyncHelpers" || method.Name is "Start" or "SetResult" or "SetException" or "AwaitUnsafeOnCompleted" or "AwaitOnCompleted");

    /// <summary>What made the task that is waited for: the last call before that returned one, when nothing else happened in between.</summary>
    private static string? TaskBehind(MethodBase method, ILCall? call)
    {
        if (call is not { } blocking)
            return null;
        var before = ILCalls.Of(method).Where(c => c.Offset < blocking.Offset).Reverse().Take(MaxTasksBehind);
        foreach (var earlier in before)
        {
            if (earlier.Target is not MethodInfo { ReturnType: var returned } target)
                return null;
            if (target.Name is "GetAwaiter" or "ConfigureAwait" or "AsTask" or "Preserve" or "WaitAsync")
                continue;
            return IsTask(returned) && Primitives.WordsFor(target) is null ? MethodNames.Readable(target) : null;
        }

        return null;
    }

    private static bool IsTask(Type type)
    {
        if (type.IsGenericType)
            type = type.GetGenericTypeDefinition();
        return type == typeof(Task) || type == typeof(Task<>) || type == typeof(ValueTask) || type == typeof(ValueTask<>)
            || type == typeof(IAsyncEnumerable<>) || type == typeof(IAsyncEnumerator<>);
    }
}

/// <summary>A place in the user's code that blocks, as far as a stack alone can tell.</summary>
internal sealed record BlockedPlace
{
    public static readonly BlockedPlace Nowhere = new()
    {
        Location = new PitfallLocation { Function = "" },
        Subject = "",
        Primitive = "",
    };

    public required PitfallLocation Location { get; init; }

    /// <summary>Function and primitive, with the compiler's number of a lambda: the same in every run of one build, wherever lines move.</summary>
    public required string Subject { get; init; }

    /// <summary>The way to block, in a person's words.</summary>
    public required string Primitive { get; init; }

    /// <summary>What the user called, or what made the task that is waited for; <see langword="null"/> where that cannot be told.</summary>
    public string? WaitedFor { get; init; }

    /// <summary>The method with its parameters, where the app brings a library that can tell.</summary>
    public string? Signature { get; init; }

    public Allowance? Declared { get; init; }

    public Assembly? Assembly { get; init; }

    /// <summary>The runtime tells such waits one by one; others show in samples only.</summary>
    public bool IsToldByEvents { get; init; }
}
