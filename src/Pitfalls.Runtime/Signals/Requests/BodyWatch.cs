using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Dependencies;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>Notices bodies that the user's code reads or writes with calls that hold the thread. Only in requests that have a scope.</summary>
internal sealed class BodyWatch : ISignal, IDisposable
{
    private const string Name = "bodies";
    private const int Capacity = 1024;

    private readonly RuleRunner<IBodyRule> _rules;
    private readonly CallPlaces _places;
    private readonly SourceLocator _locator;
    private readonly DetectorGuard _guard;
    private readonly BoundedWorker<Sighting> _worker;

    public BodyWatch(RuleSet rules, IPitfallReporter reporter, UserCode userCode, SourceLocator locator, DetectorGuard guard, PitfallMeter meter, Drops drops)
    {
        _rules = new RuleRunner<IBodyRule>(rules, reporter, guard, meter);
        _places = new CallPlaces(new CallStackReader(userCode));
        _locator = locator;
        _guard = guard;
        _worker = new BoundedWorker<Sighting>("Pitfalls bodies", Capacity, TimeSpan.Zero, Judge, reason => drops.Add(Name, reason));
    }

    public void Start()
    {
        // The worker's thread starts with the first sighting.
    }

    public Task DrainAsync() => _worker.DrainAsync();

    public void Dispose() => _worker.Dispose();

    /// <summary>Stands beside the features that would read the request's body synchronously. What they do stays what it is.</summary>
    public void Begin(HttpContext context, RequestScope scope)
    {
        if (_rules.IsEmpty || !_rules.IsAnyEnabled || context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
            return;
        if (IsForm(context.Request.ContentType) && context is DefaultHttpContext known && context.Features.Get<IFormFeature>() is null)
            context.Features.Set<IFormFeature>(new ObservedForm(new FormFeature(context.Request, known.FormOptions ?? new FormOptions()), this, scope));
        if (context.Features.Get<IHttpBodyControlFeature>() is not { } control)
            return;
        // Where it is not allowed a synchronous read throws, and nobody has to be told.
        if (control.AllowSynchronousIO)
            Observe(context, scope);
        else
            context.Features.Set<IHttpBodyControlFeature>(new ObservedBodyControl(control, () => Observe(context, scope)));
    }

    /// <summary>A synchronous call has gone through, on this thread.</summary>
    public void OnCall(string call, RequestScope scope)
    {
        try
        {
            if (scope.HasEnded || _guard.IsOff(Name))
                return;
            var shape = CommandText.ShapeOf(call);
            var place = _places.For(scope.Endpoint, shape, 0, new CallStart { Kind = DependencyKind.Unknown, System = "body", Operation = call });
            if (place is { HasMethod: true })
                _worker.TryPost(new Sighting(call, place, scope, Pitfall.Ambient));
        }
        catch (Exception exception)
        {
            _guard.Fault(Name, exception);
        }
    }

    private void Observe(HttpContext context, RequestScope scope)
    {
        try
        {
            if (context.Request.Body is not ObservedRequestStream)
                context.Request.Body = new ObservedRequestStream(context.Request.Body, this, scope);
        }
        catch (Exception exception)
        {
            _guard.Fault(Name, exception);
        }
    }

    private void Judge(Sighting sighting)
    {
        try
        {
            var (call, place, scope, ambient) = sighting;
            place.Read(_locator);
            if (place.Location is not { } location)
                return;
            var body = new SynchronousBody
            {
                Call = call,
                Route = scope.Route,
                Location = location,
                Function = place.Function,
                TraceId = scope.TraceId,
                Declared = Allowance.Join(place.Declared, scope.Endpoint.Allowed),
                Ambient = Allowance.Join(ambient, scope.Allowed),
            };
            _rules.Run(body, static (rule, body, reporter) => rule.Observe(body, reporter));
        }
        catch (Exception exception)
        {
            _guard.Fault(Name, exception);
        }
    }

    private static bool IsForm(string? contentType) =>
        contentType is not null
        && (contentType.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase)
            || contentType.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase));

    private readonly record struct Sighting(string Call, CallPlace Place, RequestScope Scope, Allowance? Ambient);
}
