using System.Diagnostics;
using System.Reflection;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Exceptions;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>
/// Finds the user's code behind a sign of life in a request that has ended: a log record, a line on the console, an exception. The stack is taken
/// at the first signs of each request, within a budget, and read elsewhere.
/// </summary>
internal sealed class LateSignal : ISignal, IDisposable
{
    public const string Name = "late work";

    private const int Capacity = 256;

    /// <summary>The server at the end of a response: what runs below it is the response's own completion.</summary>
    private static readonly string[] s_server = ["Microsoft.AspNetCore.Server.", "Microsoft.AspNetCore.TestHost.", "Microsoft.AspNetCore.Hosting."];

    private readonly LiveOptions _options;
    private readonly RuleRunner<ILateWorkRule> _rules;
    private readonly RequestScopes _scopes;
    private readonly UserCode _userCode;
    private readonly SourceLocator _locator;
    private readonly DetectorGuard _guard;
    private readonly BoundedWorker<Sign> _worker;
    private readonly ExceptionBudget _budget = new();
    private bool _isStarted;

    public LateSignal(
        LiveOptions options, IPitfallReporter reporter, RuleSet rules, RequestScopes scopes, UserCode userCode, SourceLocator locator, DetectorGuard guard, PitfallMeter meter, Drops drops)
    {
        _options = options;
        _rules = new RuleRunner<ILateWorkRule>(rules, reporter, guard, meter);
        _scopes = scopes;
        _userCode = userCode;
        _locator = locator;
        _guard = guard;
        _worker = new BoundedWorker<Sign>("Pitfalls late work", Capacity, TimeSpan.FromMilliseconds(20), Judge, reason => drops.Add(Name, reason));
    }

    public void Start()
    {
        if (_isStarted || !_rules.IsAnyEnabled)
            return;
        _isStarted = true;
        RequestScope.WorkedLate += OnSign;
    }

    public Task DrainAsync() => _worker.DrainAsync();

    public void Dispose()
    {
        RequestScope.WorkedLate -= OnSign;
        _worker.Dispose();
    }

    /// <summary>An exception in a request that has ended. On a thread of ours, once it has been thrown a while.</summary>
    public void OnException(Thrown thrown, RequestScope scope)
    {
        if (_isStarted && !scope.IsStream)
            Judge(new Sign(new StackTrace(thrown.Exception, fNeedFileInfo: false).GetFrames(), scope, LateSign.Exception, thrown.At - scope.EndedTick, thrown.Ambient, thrown.Exception is ObjectDisposedException));
    }

    private void OnSign(RequestScope scope, LateSign sign)
    {
        try
        {
            if (!ReferenceEquals(scope.Host, _scopes.Host) || _options.Current.Profile == PitfallProfile.Off || !_budget.Take())
                return;
            _worker.TryPost(new Sign(new StackTrace(2, fNeedFileInfo: false).GetFrames(), scope, sign, scope.LateBy, Pitfall.Ambient, false));
        }
        catch (Exception exception)
        {
            _guard.Fault(Name, exception);
        }
    }

    private void Judge(Sign sign)
    {
        try
        {
            if (_guard.IsOff(Name) || Worker(sign) is not { } found)
                return;
            var scope = sign.Scope;
            var work = new LateWork
            {
                Sign = sign.Kind,
                Since = TimeSpan.FromMilliseconds(sign.LateBy),
                Location = _locator.Locate(found.Method, found.Frame.GetILOffset() is var offset and not StackFrame.OFFSET_UNKNOWN ? offset : null),
                Subject = MethodNames.Identity(found.Method),
                Touched = sign.IsDisposed ? TouchedIn(sign.Frames) : null,
                Route = scope.Route,
                TraceId = scope.TraceId,
                Declared = Allowance.Join(SourceLocator.DeclaredAt(found.Method), scope.Endpoint.Allowed),
                Ambient = Allowance.Join(sign.Ambient, scope.Allowed),
            };
            _rules.Run(work, static (rule, work, reporter) => rule.Observe(work, reporter));
        }
        catch (Exception exception)
        {
            _guard.Fault(Name, exception);
        }
    }

    /// <summary>The innermost function of the user's.</summary>
    private (MethodBase Method, StackFrame Frame)? Worker(in Sign sign)
    {
        (MethodBase Method, StackFrame Frame)? found = null;
        foreach (var frame in sign.Frames)
        {
            if (frame.GetMethod() is not { DeclaringType: { } type } method)
                continue;
            if (_userCode.Contains(method))
                found ??= (method, frame);
            else if (sign.Kind != LateSign.Exception && type.FullName is { } name && Array.Exists(s_server, prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
                return null;
        }

        return found;
    }

    /// <summary>Who complains of having been disposed of tells what was reached for.</summary>
    private static string? TouchedIn(StackFrame[] frames)
    {
        foreach (var frame in frames.Take(6))
        {
            var name = frame.GetMethod()?.DeclaringType?.FullName ?? "";
            if (name.StartsWith("Microsoft.EntityFrameworkCore.", StringComparison.Ordinal))
                return "DbContext";
            if (name.StartsWith("Microsoft.Extensions.DependencyInjection.", StringComparison.Ordinal))
                return "IServiceProvider";
            if (name.StartsWith("Microsoft.AspNetCore.Http.", StringComparison.Ordinal))
                return "HttpContext";
        }

        return null;
    }

    private readonly record struct Sign(StackFrame[] Frames, RequestScope Scope, LateSign Kind, long LateBy, Allowance? Ambient, bool IsDisposed);
}
