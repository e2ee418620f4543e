using System.Diagnostics;
using System.Reflection;

namespace Pitfalls.Runtime.Symbols;

/// <summary>Finds the user's own frame on the stack of the moment. Tens of microseconds: never on a clean path.</summary>
internal sealed class UserFrames(UserCode userCode, SourceLocator locator)
{
    // Below these the framework runs the endpoint by itself: a user's frame further down is middleware that only called next.
    private static readonly string[] s_endpointRunners =
    [
        "Microsoft.AspNetCore.Routing.",
        "Microsoft.AspNetCore.Mvc.",
        "Microsoft.AspNetCore.Http.RequestDelegateFactory",
        "Microsoft.AspNetCore.Http.Generated",
        "Microsoft.AspNetCore.Http.HttpResults",
    ];

    /// <summary>The first frame of the user's code; <see langword="null"/> when the framework acts on its own account.</summary>
    public PitfallLocation? FirstOnThisStack()
    {
        foreach (var frame in new StackTrace(1, fNeedFileInfo: false).GetFrames())
        {
            if (frame.GetMethod() is not { } method)
                continue;
            if (userCode.Contains(method))
                return locator.Locate(method, frame.GetILOffset() is var offset and not StackFrame.OFFSET_UNKNOWN ? offset : null);
            if (IsEndpointRunner(method))
                return null;
        }

        return null;
    }

    private static bool IsEndpointRunner(MethodBase method) =>
        method.DeclaringType?.FullName is { } name && Array.Exists(s_endpointRunners, prefix => name.StartsWith(prefix, StringComparison.Ordinal));
}
