using System.Diagnostics;
using System.Reflection;

using Microsoft.Extensions.Hosting;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Exceptions;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Console;

/// <summary>Tells who in the user's code writes to the console while a request or a hosted service runs: the stack is taken at the write, within a budget, and judged elsewhere.</summary>
internal sealed class ConsoleSignal : ISignal, IConsoleSubscriber, IDisposable
{
    public const string Name = "console";

    private const int Capacity = 256;

    /// <summary>Libraries whose sinks write to the console for the user: what is on their way is a log.</summary>
    private static readonly string[] s_loggers = ["Microsoft.Extensions.Logging.", "Serilog.", "NLog.", "log4net.", "System.Diagnostics.Trace", "System.Diagnostics.TextWriterTraceListener"];

    /// <summary>What makes a class of the user's such a sink.</summary>
    private static readonly string[] s_sinks =
    [
        "Microsoft.Extensions.Logging.ILogger", "Microsoft.Extensions.Logging.ILoggerProvider", "Microsoft.Extensions.Logging.Console.ConsoleFormatter",
        "Serilog.Core.ILogEventSink", "NLog.Targets.Target", "log4net.Appender.IAppender", "System.Diagnostics.TraceListener", "System.IO.TextWriter",
    ];

    private readonly LiveOptions _options;
    private readonly RuleRunner<IConsoleRule> _rules;
    private readonly RequestScopes _scopes;
    private readonly HostedWork _hosted;
    private readonly UserCode _userCode;
    private readonly SourceLocator _locator;
    private readonly DetectorGuard _guard;
    private readonly Channels _channels;
    private readonly IHostApplicationLifetime? _lifetime;
    private readonly BoundedWorker<Written> _worker;
    private readonly ExceptionBudget _budget = new();
    private IDisposable? _membership;
    private Timer? _refresh;

    public ConsoleSignal(
        LiveOptions options, IPitfallReporter reporter, RuleSet rules, RequestScopes scopes, HostedWork hosted, UserCode userCode, SourceLocator locator,
        DetectorGuard guard, PitfallMeter meter, Drops drops, Channels channels, IHostApplicationLifetime? lifetime = null)
    {
        _options = options;
        _rules = new RuleRunner<IConsoleRule>(rules, reporter, guard, meter);
        _scopes = scopes;
        _hosted = hosted;
        _userCode = userCode;
        _locator = locator;
        _guard = guard;
        _channels = channels;
        _lifetime = lifetime;
        _worker = new BoundedWorker<Written>("Pitfalls console", Capacity, TimeSpan.FromMilliseconds(20), Judge, reason => drops.Add(Name, reason));
    }

    public void Start()
    {
        if (!_rules.IsAnyEnabled)
            return;
        _channels.Tell(Name, ConsoleWatch.Failure is null, ConsoleWatch.Failure);
        if (ConsoleWatch.Failure is not null)
            return;
        _membership = ConsoleWatch.Join(this);
        _scopes.Ended += OnEnded;
        using (ExecutionContext.SuppressFlow())
            _refresh = new Timer(static _ => ConsoleWatch.Refresh(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    public Task DrainAsync() => _worker.DrainAsync();

    public void Dispose()
    {
        _refresh?.Dispose();
        _scopes.Ended -= OnEnded;
        _membership?.Dispose();
        _worker.Dispose();
    }

    public void OnWrite(RequestScope? scope, HostedWork? hosted, bool isError)
    {
        if (scope is not null ? !ReferenceEquals(scope.Host, _scopes.Host) : !ReferenceEquals(hosted, _hosted))
            return;
        // What services say while they start belongs to the start.
        if (scope is null && _lifetime is { ApplicationStarted.IsCancellationRequested: false } or { ApplicationStopping.IsCancellationRequested: true })
            return;
        if (_options.Current.Profile != PitfallProfile.Off && _budget.Take())
            _worker.TryPost(new Written(new StackTrace(2, fNeedFileInfo: false).GetFrames(), scope, isError, Pitfall.Ambient));
    }

    private static void OnEnded(RequestScope scope) => ConsoleWatch.Refresh();

    private void Judge(Written written)
    {
        if (_guard.IsOff(Name))
            return;
        try
        {
            if (Writer(written.Frames, written.IsError) is not { } found)
                return;
            var scope = written.Scope;
            var write = new ConsoleWrite
            {
                Call = found.Call,
                Location = _locator.Locate(found.Method, found.Frame.GetILOffset() is var offset and not StackFrame.OFFSET_UNKNOWN ? offset : null),
                Subject = MethodNames.Identity(found.Method),
                Route = scope?.Route,
                TraceId = scope?.TraceId,
                Declared = Allowance.Join(SourceLocator.DeclaredAt(found.Method), scope?.Endpoint.Allowed),
                Ambient = Allowance.Join(written.Ambient, scope?.Allowed),
            };
            _rules.Run(write, static (rule, write, reporter) => rule.Observe(write, reporter));
        }
        catch (Exception exception)
        {
            _guard.Fault(Name, exception);
        }
    }

    /// <summary>The user's function that called the console by itself; <see langword="null"/> when somebody else did, or it was a log on its way.</summary>
    private (MethodBase Method, StackFrame Frame, string Call)? Writer(StackFrame[] frames, bool isError)
    {
        var call = isError ? "Console.Error.Write" : "Console.Out.Write";
        (MethodBase Method, StackFrame Frame, string Call)? found = null;
        foreach (var frame in frames)
        {
            if (frame.GetMethod() is not { DeclaringType: { } type } method)
                continue;
            if (type == typeof(System.Console))
                call = $"Console.{method.Name}";
            else if (found is null && typeof(TextWriter).IsAssignableFrom(type) && type.Module == typeof(TextWriter).Module)
                call = $"Console.{(isError ? "Error" : "Out")}.{method.Name}";
            else if (_userCode.Contains(method))
                found ??= (method, frame, call);
            else if (type.Module != typeof(object).Module && type.Module != typeof(ConsoleSignal).Module)
            {
                // Some library writes; or a log calls code of the user's, which is its sink then.
                if (found is null || IsLoggers(type))
                    return null;
                break;
            }
        }

        return found is { } user && !IsSink(MethodNames.AuthorsType(user.Method)) ? user : null;
    }

    private static bool IsLoggers(Type type) =>
        type.FullName is { } name && !name.StartsWith("Serilog.AspNetCore.", StringComparison.Ordinal) && Array.Exists(s_loggers, prefix => name.StartsWith(prefix, StringComparison.Ordinal));

    private static bool IsSink(Type? type)
    {
        if (type is null)
            return false;
        for (var at = type; at is not null; at = at.BaseType)
        {
            if (Array.IndexOf(s_sinks, at.FullName) >= 0)
                return true;
        }

        return Array.Exists(type.GetInterfaces(), i => Array.IndexOf(s_sinks, i.FullName) >= 0);
    }

    private readonly record struct Written(StackFrame[] Frames, RequestScope? Scope, bool IsError, Allowance? Ambient);
}
