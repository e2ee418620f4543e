using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Startup.Hosting;

namespace Pitfalls.Runtime.Signals.Startup;

/// <summary>
/// Once the host has started, and again when its endpoints change, looks at what the app has declared: off the start-up path, one
/// survey after the other, on one thread. What a survey gathers is let go when its rules have seen it.
/// </summary>
internal sealed class StartupSignal : ISignal, IDisposable
{
    private const string Name = "startup";

    private readonly ISurvey[] _surveys;
    private readonly AddressBook _addresses;
    private readonly DatabaseContextWatch _contexts;
    private readonly DetectorGuard _guard;
    private readonly IServiceProvider _services;
    private readonly AfterFirstRequest _moment;
    private readonly BoundedWorker<bool> _worker;
    private IDisposable? _changes;
    private int _pending;

    public StartupSignal(IEnumerable<ISurvey> surveys, AddressBook addresses, DatabaseContextWatch contexts, DetectorGuard guard, Drops drops, AfterFirstRequest moment,
        IServiceProvider services)
    {
        _surveys = [.. surveys];
        _addresses = addresses;
        _contexts = contexts;
        _guard = guard;
        _services = services;
        _moment = moment;
        _worker = new BoundedWorker<bool>("Pitfalls start-up", capacity: 16, TimeSpan.Zero, Survey, reason => drops.Add(Name, reason));
    }

    /// <summary>What was looked at.</summary>
    public IReadOnlyList<string> Summaries => [.. _surveys.Select(s => s.Summary).OfType<string>()];

    public void Start()
    {
        _addresses.BeforeStart();
        _contexts.Learned += LookAgain;
        _contexts.Start();
        _moment.Run(() => _worker.TryPost(true));
    }

    public Task DrainAsync()
    {
        _moment.Open();
        return _worker.DrainAsync();
    }

    public void Dispose()
    {
        _contexts.Learned -= LookAgain;
        _changes?.Dispose();
        _worker.Dispose();
    }

    private void Survey(bool everything)
    {
        // Before the look and not after it: a change in between asks for another look.
        Interlocked.Exchange(ref _pending, 0);
        if (everything)
            Guarded(FollowEndpoints, Name);
        foreach (var survey in _surveys)
        {
            if ((everything || survey.FollowsChanges) && !_guard.IsOff(survey.Name))
                Guarded(survey.Run, survey.Name);
        }
    }

    private void Guarded(Action action, string name)
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            _guard.Fault(name, exception);
        }
    }

    private void FollowEndpoints()
    {
        if (_services.GetService<EndpointDataSource>() is not { } endpoints)
            return;
        _changes = ChangeToken.OnChange(endpoints.GetChangeToken, LookAgain);
    }

    private void LookAgain()
    {
        // An app that adds endpoints one by one asks once.
        if (Interlocked.Exchange(ref _pending, 1) == 0)
            _worker.TryPost(false);
    }
}
