namespace Pitfalls.Runtime.Signals.Code;

/// <summary>Code that runs beside the requests: one loop, one timer, one event at a time, as far as code can tell.</summary>
internal static class BackgroundWork
{
    /// <summary>Whether whatever delegate this call is given runs beside the requests.</summary>
    /// <param name="call">A call that is given a delegate.</param>
    /// <param name="inConstructor">Whether it stands in a constructor: a loop begun there runs once for each object.</param>
    public static bool IsBegunBy(in CodeCall call, bool inConstructor) => call.Callee.Key switch
    {
        { Type: "System.Threading.Thread" or "System.Threading.Timer" or "System.Timers.Timer" } when call.IsNew => true,
        // Timers, watchers, brokers: a library's event is no request.
        { Name: ['a', 'd', 'd', '_', ..] } => !call.Callee.IsUsers,
        { Type: "System.Threading.CancellationToken", Name: "Register" or "UnsafeRegister" } => true,
        { Type: "Microsoft.Extensions.Primitives.ChangeToken" or "Microsoft.Extensions.Options.OptionsMonitorExtensions" or "Microsoft.Extensions.Options.IOptionsMonitor`1", Name: "OnChange" } => true,
        var key => inConstructor && IsPool(key),
    };

    /// <summary>Whether the pool runs the delegate for its caller.</summary>
    public static bool IsPool(in MethodKey key) => key switch
    {
        { Type: "System.Threading.Tasks.Task", Name: "Run" } => true,
        { Type: "System.Threading.Tasks.TaskFactory" or "System.Threading.Tasks.TaskFactory`1", Name: "StartNew" } => true,
        { Type: "System.Threading.ThreadPool", Name: "QueueUserWorkItem" or "UnsafeQueueUserWorkItem" } => true,
        _ => false,
    };

    /// <summary>Whether objects of this type, or of one derived from it, are run by a host or a scheduler.</summary>
    public static bool IsRunBy(string type) => type is
        "Microsoft.Extensions.Hosting.IHostedService" or "Microsoft.Extensions.Hosting.BackgroundService" or "Microsoft.Extensions.Hosting.IHostedLifecycleService"
        or "Microsoft.Extensions.Diagnostics.HealthChecks.IHealthCheckPublisher"
        or "Quartz.IJob" or "Coravel.Invocable.IInvocable";
}
