using System.Diagnostics;

using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.Diagnostics;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>
/// Notes what handlers answer with, for requests that carry a scope: a controller's action as MVC tells its diagnostic listener, an
/// <c>IResult</c> as the framework logs. It is told, and changes nothing.
/// </summary>
internal sealed class SentResultSignal(DetectorGuard guard, IServiceProvider services) : ISignal, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private const string Name = "results";

    private IDisposable? _subscription;

    public void Start()
    {
        // The host's own listener, so that hosts of one process do not hear each other.
        _subscription = services.GetService<DiagnosticListener>()?.Subscribe(
            this, static (name, _, _) => name == AfterControllerActionMethodEventData.EventName && RequestScope.Current is { HasEnded: false });
        // Not registered as a service: an app clears its logging providers when it likes.
        services.GetService<ILoggerFactory>()?.AddProvider(new ResultLog());
    }

    public Task DrainAsync() => Task.CompletedTask;

    public void Dispose() => _subscription?.Dispose();

    public void OnNext(KeyValuePair<string, object?> value)
    {
        try
        {
            if (value.Value is AfterControllerActionMethodEventData data && RequestScope.Current is { HasEnded: false } scope && !guard.IsOff(Name))
                scope.Sent = Read(data);
        }
        catch (Exception exception)
        {
            guard.Fault(Name, exception);
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    /// <summary>Results of the framework are read; of the app's own result classes nothing is known.</summary>
    private static SentResult? Read(AfterControllerActionMethodEventData data)
    {
        var already = data.ActionContext.HttpContext.Response.StatusCode;
        return data.Result switch
        {
            ObjectResult result => Of(result.StatusCode, result.Value),
            JsonResult result => Of(result.StatusCode, result.Value),
            StatusCodeResult result => Of(result.StatusCode, null),
            ContentResult result => Of(result.StatusCode, null),
            _ => null,
        };

        SentResult Of(int? status, object? value)
        {
            var type = value?.GetType();
            return new SentResult { Status = status ?? already, Type = type, TypeName = type?.Name };
        }
    }
}
