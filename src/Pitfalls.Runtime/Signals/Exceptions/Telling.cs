using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;

using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Exceptions;

/// <summary>
/// Which calls tell somebody that something went wrong, even without the exception: loggers, activities, metrics, error trackers, the end of the
/// process. The user's own methods are read to a small depth. By names, since none of these libraries need be there.
/// </summary>
internal sealed class Telling(UserCode userCode)
{
    private const int MaxDepth = 3;
    private const int MaxKnown = 4096;

    private static readonly string[] s_namespaces =
    [
        "Microsoft.Extensions.Logging", "Microsoft.Extensions.Diagnostics.Metrics", "System.Diagnostics.Metrics", "System.Diagnostics.Tracing", "Serilog", "NLog", "log4net",
        "OpenTelemetry", "Sentry", "Microsoft.ApplicationInsights", "Elastic.Apm", "Datadog", "NewRelic", "Raygun", "Mindscape.Raygun4Net", "Bugsnag", "Rollbar", "Elmah", "Prometheus",
    ];

    private static readonly string[] s_types =
    [
        "System.Diagnostics.Activity", "System.Diagnostics.ActivitySource", "System.Diagnostics.DiagnosticSource", "System.Diagnostics.Trace", "System.Diagnostics.TraceSource",
        "System.Diagnostics.EventLog",
    ];

    private readonly ConcurrentDictionary<MethodBase, bool> _known = new();

    public bool Tells(MethodBase callee) => Tells(callee, MaxDepth);

    private bool Tells(MethodBase callee, int depth)
    {
        if (callee.DeclaringType is not { } type)
            return false;
        if (IsTeller(type) || (type == typeof(Environment) && callee.Name is nameof(Environment.FailFast) or nameof(Environment.Exit)))
            return true;
        if (depth == 0 || !userCode.Contains(callee))
            return false;
        if (_known.TryGetValue(callee, out var known))
            return known;
        var tells = Array.Exists(callee.GetParameters(), p => IsTeller(p.ParameterType)) || Calls(callee).Any(c => Tells(c, depth - 1));
        if (_known.Count < MaxKnown)
            _known[callee] = tells;
        return tells;
    }

    /// <summary>An async method calls nothing but its own start.</summary>
    private static IEnumerable<MethodBase> Calls(MethodBase method) =>
        ILCalls.Of(SourceLines.StateMachineOf(method) ?? method).Select(c => c.Target);

    private static bool IsTeller(Type type)
    {
        if (type.IsGenericType)
            type = type.GetGenericTypeDefinition();
        if (type.FullName is not { } name)
            return false;
        // A namespace of this name or below it.
        return Array.IndexOf(s_types, name) >= 0
            || Array.Exists(s_namespaces, n => name.StartsWith(n, StringComparison.Ordinal) && name.Length > n.Length && name[n.Length] == '.')
            || (type.BaseType?.FullName == "System.Diagnostics.Tracing.EventSource" && type != typeof(Debug));
    }
}
