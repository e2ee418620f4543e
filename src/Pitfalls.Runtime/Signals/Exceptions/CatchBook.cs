using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;

using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Exceptions;

/// <summary>
/// Tells by an exception's finished trace who caught it: the last frame is the catching method, and its table of clauses with the frame's
/// place in the IL says which one. Tens of microseconds: never on a request.
/// </summary>
internal sealed class CatchBook(UserCode userCode)
{
    private const int MaxMethods = 2048;
    private const int MaxFrames = 200;

    private readonly Telling _telling = new(userCode);
    private readonly ConcurrentDictionary<MethodBase, Method> _methods = new();

    /// <summary>The clause of user code that caught it; <see langword="null"/>: it was caught elsewhere, or not yet.</summary>
    public CatchSite? Find(Exception exception)
    {
        // Made from the exception's own record; no property that it may override is called.
        var frames = new StackTrace(exception, fNeedFileInfo: false).GetFrames();
        if (frames is not [.., var last] || Of(last) is not { } catcher || catcher.Clause(last.GetILOffset(), exception) is not { } caught)
            return null;
        var fate = caught.CatchesAll ? caught.Fate : CatchFate.Used;
        return new CatchSite(catcher.Base, caught.Offset, caught.Ordinal, caught.CatchesAll, WasUsed(frames.AsSpan(..^1), exception) ? CatchFate.Used : fate, NameOf(frames[0]));
    }

    /// <summary>The outermost function of the user's that it came through, for one that nobody caught; <see langword="null"/>: none did.</summary>
    public UncaughtSite? FindUncaught(Exception exception)
    {
        var frames = new StackTrace(exception, fNeedFileInfo: false).GetFrames();
        for (var i = frames.Length - 1; i >= 0; i--)
        {
            if (Of(frames[i]) is { } method)
                return new UncaughtSite(method.Base, frames[i].GetILOffset(), WasUsed(frames, exception), NameOf(frames[0]));
        }

        return null;
    }

    /// <summary>Somebody on its way caught it, did something with it and threw it again; or looked at it in a <c>when</c>.</summary>
    private bool WasUsed(ReadOnlySpan<StackFrame> frames, Exception exception)
    {
        for (var i = Math.Max(0, frames.Length - MaxFrames); i < frames.Length; i++)
        {
            if (Of(frames[i]) is { } method && method.Uses(frames[i].GetILOffset(), exception))
                return true;
        }

        return false;
    }

    private Method? Of(StackFrame frame)
    {
        if (frame.GetMethod() is not { DeclaringType: not null } method || !userCode.Contains(method))
            return null;
        if (_methods.TryGetValue(method, out var known))
            return known;
        var read = new Method(method, _telling);
        return _methods.Count < MaxMethods ? _methods.GetOrAdd(method, read) : read;
    }

    private static string? NameOf(StackFrame frame) => frame.GetMethod() is { } method ? MethodNames.Readable(method) : null;

    /// <summary>One method's clauses, in the order of its table: inner ones first.</summary>
    private sealed class Method
    {
        private readonly byte[] _il;
        private readonly ExceptionHandlingClause[] _clauses;
        private readonly CatchFate?[] _fates;
        private readonly Telling _telling;

        public Method(MethodBase method, Telling telling)
        {
            Base = method;
            _telling = telling;
            var body = BodyOf(method);
            _il = body?.GetILAsByteArray() ?? [];
            _clauses = [.. (body?.ExceptionHandlingClauses ?? []).Where(c => c.Flags is ExceptionHandlingClauseOptions.Clause or ExceptionHandlingClauseOptions.Filter)];
            _fates = new CatchFate?[_clauses.Length];
        }

        public MethodBase Base { get; }

        /// <summary>The clause that catches this exception when it comes from this place.</summary>
        public (int Offset, int Ordinal, bool CatchesAll, CatchFate Fate)? Clause(int offset, Exception exception)
        {
            for (var i = 0; i < _clauses.Length; i++)
            {
                if (!Covers(_clauses[i], offset))
                    continue;
                if (Answer(_clauses[i], exception) is not FilterAnswer.No and var answer)
                    return (_clauses[i].HandlerOffset, Ordinal(i), answer == FilterAnswer.Yes, Fate(i));
            }

            return null;
        }

        /// <summary>Whether a clause around this place does something with such an exception.</summary>
        public bool Uses(int offset, Exception exception)
        {
            for (var i = 0; i < _clauses.Length; i++)
            {
                if (!Covers(_clauses[i], offset))
                    continue;
                var answer = Answer(_clauses[i], exception);
                if (answer == FilterAnswer.LooksAtIt || (answer is FilterAnswer.Yes or FilterAnswer.OfType && Fate(i) == CatchFate.Used))
                    return true;
            }

            return false;
        }

        private static MethodBody? BodyOf(MethodBase method)
        {
            try
            {
                return method.GetMethodBody();
            }
            catch (Exception exception) when (exception is InvalidOperationException or NotSupportedException or BadImageFormatException or IOException or TypeLoadException)
            {
                // Types of its variables that are not there: then nothing can be said of it.
                return null;
            }
        }

        private static bool Covers(ExceptionHandlingClause clause, int offset) => offset >= clause.TryOffset && offset < clause.TryOffset + clause.TryLength;

        private FilterAnswer Answer(ExceptionHandlingClause clause, Exception exception)
        {
            if (clause.Flags == ExceptionHandlingClauseOptions.Filter)
                return FilterReader.Read(Base, _il, clause.FilterOffset, exception);
            var type = clause.CatchType!;
            // catch (TException): which one that was is not to be had.
            return type.ContainsGenericParameters ? FilterAnswer.Unknown
                : !type.IsInstanceOfType(exception) ? FilterAnswer.No
                : type == typeof(Exception) || type == typeof(object) ? FilterAnswer.Yes
                : FilterAnswer.OfType;
        }

        private CatchFate Fate(int index) =>
            _fates[index] ??= HandlerReader.Read(Base, _il, _clauses[index].HandlerOffset, _clauses[index].HandlerOffset + _clauses[index].HandlerLength, _telling.Tells);

        /// <summary>Its number among the method's clauses as they stand in the source.</summary>
        private int Ordinal(int index) => 1 + _clauses.Count(c => c.HandlerOffset < _clauses[index].HandlerOffset);
    }
}

/// <summary>A clause that caught an exception.</summary>
/// <param name="Method">The method it stands in.</param>
/// <param name="Offset">Where its code begins.</param>
/// <param name="Ordinal">Its number in the method.</param>
/// <param name="CatchesAll">Whether it asks for any exception at all.</param>
/// <param name="Fate">What was done with the exception there, or before on its way.</param>
/// <param name="ThrownBy">The function that threw it.</param>
internal sealed record CatchSite(MethodBase Method, int Offset, int Ordinal, bool CatchesAll, CatchFate Fate, string? ThrownBy);

/// <summary>Where an exception left the user's code without having been caught.</summary>
/// <param name="Method">The outermost function.</param>
/// <param name="Offset">The place in it.</param>
/// <param name="WasUsed">Some clause on the way did something with it.</param>
/// <param name="ThrownBy">The function that threw it.</param>
internal sealed record UncaughtSite(MethodBase Method, int Offset, bool WasUsed, string? ThrownBy);
