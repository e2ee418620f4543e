using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

using Pitfalls.Runtime.Diagnostics;

namespace Pitfalls.Runtime.Reporting;

/// <summary>The options in force. A reload that is invalid is logged and the last good ones stay.</summary>
/// <remarks>
/// Not an <see cref="IOptionsMonitor{TOptions}"/>: with an invalid value that throws out of whoever reloaded the configuration, which may
/// be the app.
/// </remarks>
internal sealed class LiveOptions : IDisposable
{
    private readonly IOptionsFactory<PitfallOptions> _factory;
    private readonly PitfallProfile _byEnvironment;
    private readonly IReadOnlyList<PitfallRule> _catalog;
    private readonly ILoggerFactory _loggers;
    private readonly IDisposable? _reload;
    private volatile EffectiveOptions _current;
    private volatile string? _rejected;

    /// <exception cref="OptionsValidationException">The options at start are invalid; the start is meant to fail.</exception>
    public LiveOptions(
        IOptionsFactory<PitfallOptions> factory,
        IReadOnlyList<PitfallRule> catalog,
        ILoggerFactory loggers,
        IConfiguration? configuration = null,
        IHostEnvironment? environment = null)
    {
        _factory = factory;
        _catalog = catalog;
        _loggers = loggers;
        _byEnvironment = environment?.IsDevelopment() == true ? PitfallProfile.Development : PitfallProfile.Production;
        _current = Read();
        if (configuration is not null)
            _reload = ChangeToken.OnChange(configuration.GetReloadToken, Reload);
    }

    public EffectiveOptions Current => _current;

    /// <summary>Why the newest configuration is not in force; <see langword="null"/> when it is.</summary>
    public string? Rejected => _rejected;

    public event Action? Changed;

    public void Dispose() => _reload?.Dispose();

    private EffectiveOptions Read() => EffectiveOptions.From(_factory.Create(Options.DefaultName), _byEnvironment, _catalog);

    private void Reload()
    {
        try
        {
            _current = Read();
            _rejected = null;
            Changed?.Invoke();
        }
        catch (Exception exception)
        {
            _rejected = exception is OptionsValidationException invalid ? string.Join(' ', invalid.Failures) : exception.GetType().Name;
            PitfallEventSource.Log.OptionsRejected(_rejected);
            SafeLog.Try(_loggers, logger => Log.OptionsRejected(logger, _rejected));
        }
    }
}
