using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Signals.Exceptions;

/// <summary>Notes which exceptions were handed to a logger. Of the record itself nothing is read.</summary>
/// <remarks>
/// The app must not notice one more provider. Asked whether a level is enabled, it says no, so <c>ILogger.IsEnabled</c> answers as without it (the
/// logger's own filters let records through to it all the same). And where all others get their scopes from the factory, so does this one: else
/// every scope the app opens would need an object more.
/// </remarks>
internal abstract class LoggedExceptions : ILoggerProvider, ILogger
{
    public static ILoggerProvider For(IServiceCollection services) =>
        services.Any(s => s.ServiceType == typeof(ILoggerProvider) && !s.IsKeyedService
            && (s.ImplementationType ?? s.ImplementationInstance?.GetType()) is { } type && type.IsAssignableTo(typeof(ISupportExternalScope)))
            ? new SharingScopes()
            : new WithoutScopes();

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => false;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var scope = RequestScope.Current;
        scope?.Tell(LateSign.Log);
        if (exception is null)
            return;
        if (scope is not null)
            scope.ThrownSoFar?.MarkLogged(exception);
        else
            HostedWork.Current?.Thrown.MarkLogged(exception);
    }

    public void Dispose()
    {
    }

    private sealed class WithoutScopes : LoggedExceptions;

    private sealed class SharingScopes : LoggedExceptions, ISupportExternalScope
    {
        public void SetScopeProvider(IExternalScopeProvider scopeProvider)
        {
        }
    }
}
