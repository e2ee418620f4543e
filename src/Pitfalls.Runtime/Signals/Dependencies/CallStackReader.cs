using System.Diagnostics;
using System.Reflection;

using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Dependencies;

/// <summary>Reads from the stack of the moment who makes a call. Tens of microseconds: once for each place.</summary>
internal sealed class CallStackReader(UserCode userCode)
{
    private const int MaxFrames = 300;

    // Below these the framework runs the endpoint by itself: a user's frame further down is middleware that only called next.
    private static readonly string[] s_endpointRunners =
    [
        "Microsoft.AspNetCore.Routing.",
        "Microsoft.AspNetCore.Mvc.Infrastructure.",
        "Microsoft.AspNetCore.Mvc.Routing.",
        "Microsoft.AspNetCore.Http.RequestDelegateFactory",
        "Microsoft.AspNetCore.Http.Generated",
        "Microsoft.AspNetCore.Http.HttpResults",
        "Microsoft.AspNetCore.Server.",
        "Microsoft.AspNetCore.SignalR.",
    ];

    public CallPlace Read(in CallStart call)
    {
        var frames = new StackTrace(2, fNeedFileInfo: false).GetFrames();
        MethodBase? user = null, caller = null, inner = null;
        int? offset = null;
        var (isAsync, isSend, isInValidator, isOver) = (false, false, false, false);
        for (var i = 0; i < frames.Length && i < MaxFrames; i++)
        {
            if (frames[i].GetMethod() is not { } method)
                continue;
            isInValidator |= Validators.Runs(method);
            if (isOver)
                continue;
            if (userCode.Contains(method))
            {
                if (user is not null)
                {
                    if (AuthorsName(method) != AuthorsName(user))
                        (caller, isOver) = (method, true);
                    continue;
                }

                // A middleware further in was called by this frame and did it by itself.
                if (inner is not null && IsMiddleware(inner))
                    isOver = true;
                else
                    (user, offset) = (method, frames[i].GetILOffset() is var at and not StackFrame.OFFSET_UNKNOWN ? at : null);
                continue;
            }

            if (IsEndpointRunner(method))
                isOver = true;
            if (user is null)
            {
                isAsync |= IsAsyncName(method);
                isSend |= method.Name == "Send" && method.DeclaringType is { Namespace: "System.Net.Http", Name: "HttpClient" or "HttpMessageInvoker" };
                inner = method;
            }
        }

        var table = call.Kind == DependencyKind.Database && !call.Text.IsEmpty ? CommandText.TableOf(call.Text) : null;
        return new CallPlace(user, offset, caller, Judge(call.Kind, user, inner, isAsync, isSend), isInValidator, table);
    }

    private static bool? Judge(DependencyKind kind, MethodBase? user, MethodBase? called, bool isAsync, bool isSend)
    {
        if (kind == DependencyKind.Http)
            return isSend;
        if (isAsync)
            return false;
        // A short …Async method may be inlined into the user's own: then its frame is missing, and only the call in their code tells.
        return user is null || called is null || CallsAsync(user, called) ? null : true;
    }

    private static bool CallsAsync(MethodBase user, MethodBase called)
    {
        var assembly = called.Module.Assembly;
        foreach (var call in ILCalls.Of(user))
        {
            if (IsAsyncName(call.Target) && (call.Target.Module.Assembly == assembly || call.Target.DeclaringType?.Namespace == "System.Data.Common"))
                return true;
        }

        return false;
    }

    /// <summary><c>ExecuteReaderAsync</c>, and the body of one.</summary>
    private static bool IsAsyncName(MethodBase method) =>
        method.Name.EndsWith("Async", StringComparison.Ordinal)
        || (method.DeclaringType?.Name is ['<', ..] name && name.Contains("Async>", StringComparison.Ordinal));

    private static bool IsMiddleware(MethodBase method) =>
        (method.Name is "Invoke" or "InvokeAsync" && method.GetParameters() is [{ ParameterType.FullName: "Microsoft.AspNetCore.Http.HttpContext" }, ..])
        || (method.Name == "MoveNext" && method.DeclaringType is { Name: ['<', 'I', 'n', 'v', 'o', 'k', 'e', ..], DeclaringType: { } declaring } && declaring.Name.EndsWith("Middleware", StringComparison.Ordinal));

    private static string AuthorsName(MethodBase method) => MethodNames.Readable(method);

    private static bool IsEndpointRunner(MethodBase method) =>
        method.DeclaringType?.FullName is { } name && Array.Exists(s_endpointRunners, prefix => name.StartsWith(prefix, StringComparison.Ordinal));
}
