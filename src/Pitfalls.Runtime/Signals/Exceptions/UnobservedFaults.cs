using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Exceptions;

/// <summary>
/// The faults of one host's tasks that nobody observed. Whose a task was is known by its exception, which was seen when it was thrown; the
/// collector may be quicker than the end of the request, so a fault waits a moment until its origin is known.
/// </summary>
internal sealed class UnobservedFaults(CatchBook catches, SourceLocator locator, RuleRunner<IUnobservedTaskRule> rules)
{
    private const int MaxInner = 4;
    private const int MaxWaiting = 64;
    private const int Patience = 10_000;

    private readonly ConditionalWeakTable<Exception, Origin> _origins = [];
    private readonly ConcurrentQueue<Waiting> _waiting = new();

    public bool IsAnyWaiting => !_waiting.IsEmpty;

    /// <summary>Nobody has caught it; perhaps nobody ever will. Keeps nothing alive.</summary>
    public void Remember(Thrown thrown, RequestScope? scope) =>
        _origins.AddOrUpdate(thrown.Exception, new Origin(scope, thrown.Ambient, thrown.WasLogged));

    /// <summary>On the finalizer's thread.</summary>
    public void OnUnobserved(AggregateException fault)
    {
        for (var i = 0; i < fault.InnerExceptions.Count && i < MaxInner && _waiting.Count < MaxWaiting; i++)
            _waiting.Enqueue(new Waiting(fault.InnerExceptions[i], Environment.TickCount64));
    }

    /// <summary>On the worker's thread.</summary>
    public void Judge()
    {
        for (var left = _waiting.Count; left > 0 && _waiting.TryDequeue(out var waiting); left--)
        {
            if (_origins.TryGetValue(waiting.Exception, out var origin))
                Tell(waiting.Exception, origin);
            else if (Environment.TickCount64 - waiting.Since < Patience)
                _waiting.Enqueue(waiting);
            else if (FirstChance.Subscribers == 1)
                // Thrown in a request that is not sampled, or on a thread of nobody: where only one host listens, whose else.
                Tell(waiting.Exception, new Origin(null, null, false));
        }
    }

    private void Tell(Exception exception, Origin origin)
    {
        if (catches.FindUncaught(exception) is not { } site)
            return;
        var fault = new UnobservedFault
        {
            Type = exception.GetType().FullName ?? exception.GetType().Name,
            Location = locator.Locate(site.Method, site.Offset),
            Subject = MethodNames.Identity(site.Method),
            ThrownBy = site.ThrownBy,
            WasTold = origin.WasLogged || site.WasUsed,
            Route = origin.Scope?.Route,
            TraceId = origin.Scope?.TraceId,
            Declared = Allowance.Join(SourceLocator.DeclaredAt(site.Method), origin.Scope?.Endpoint.Allowed),
            Ambient = Allowance.Join(origin.Ambient, origin.Scope?.Allowed),
        };
        rules.Run(fault, static (rule, fault, reporter) => rule.Observe(fault, reporter));
    }

    /// <summary>Where an exception that nobody caught came from.</summary>
    private sealed record Origin(RequestScope? Scope, Allowance? Ambient, bool WasLogged);

    private readonly record struct Waiting(Exception Exception, long Since);
}
