using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Signals.Startup;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>One look at everything that lives long: roots, walk, and the rules' turn once nothing of the app's is held any more.</summary>
internal sealed class StateScan(
    StaticRoots? statics, SingletonRoots singletons, TypePlans plans, CollectionWatch collections, HeldWatch held, FaultWatch faults,
    RegistrationWatch registrations, ResponseSignal responses, StatusNotes notes, TimeProvider time)
    : IWalkVisitor
{
    public const string Name = "state";

    private readonly ObjectWalk _walk = new(plans);
    private long _scan;
    private DateTimeOffset _now;
    private long _requests;
    private bool _toldUnreadable;

    /// <summary>Puts a host's scan together, on the sampler's thread: the first look costs more than the others.</summary>
    public static StateScan Create(IServiceProvider services)
    {
        var notes = services.GetRequiredService<StatusNotes>();
        var userCode = services.GetRequiredService<UserCode>();
        var registrations = services.GetRequiredService<RegistrationWatch>();
        var plans = new TypePlans(userCode, registrations.Graph.IsScoped);
        var initialized = InitializedTypes.TryCreate(out var whyNot);
        if (initialized is null)
            notes.Add($"Static fields are not looked at: {whyNot}.");
        return new StateScan(
            initialized is null ? null : new StaticRoots(userCode, plans, initialized),
            new SingletonRoots(services, services.GetRequiredService<ServiceRegistrations>(), plans, notes),
            plans,
            services.GetRequiredService<CollectionWatch>(),
            services.GetRequiredService<HeldWatch>(),
            services.GetRequiredService<FaultWatch>(),
            registrations,
            services.GetRequiredService<ResponseSignal>(),
            notes,
            services.GetRequiredService<TimeProvider>());
    }

    /// <summary>Scans done.</summary>
    public long Scans => Interlocked.Read(ref _scan);

    /// <summary>How long the last walk took, without the rules.</summary>
    public TimeSpan LastWalk { get; private set; }

    public int Objects => _walk.Objects;

    /// <summary>Whether anything moved since the scan before: then the next one is worth its price soon.</summary>
    public bool IsAnythingGrowing => collections.IsAnythingGrowing;

    /// <summary>Whether any rule wants to hear of state.</summary>
    public bool IsWanted => collections.IsWanted || held.IsWanted || faults.IsWanted || registrations.IsWanted;

    /// <param name="breathe">Called now and then: a walk over many objects must not keep a request waiting for a processor.</param>
    public void Run(Action? breathe = null)
    {
        registrations.Run();
        var start = time.GetTimestamp();
        (_now, _requests) = (time.GetUtcNow(), responses.Requests);
        collections.Begin();
        _walk.Run(Roots(), this, held.Begin(singletons.PromotedScoped()), breathe);
        LastWalk = time.GetElapsedTime(start);
        var scan = Interlocked.Increment(ref _scan);
        collections.End(scan);
        held.End(registrations.Run);
        faults.Judge();
        Tell();
    }

    public void Collection(in Found found) => collections.Meet(found, _walk, _scan + 1, _now, _requests);

    public void AlsoAt(in Found found) => collections.MeetAgain(found.Value, _walk.UserFieldOf(found));

    public void Held(in Found found) => held.Meet(found, _walk, _scan + 1);

    // Statics first: what both lead to is told as a static.
    private IEnumerable<(WalkRoot Root, object Value)> Roots() => (statics?.Read() ?? []).Concat(singletons.Read());

    private void Tell()
    {
        if (_walk.IsCut)
            notes.Add($"More than {ObjectWalk.MaxObjects} objects are reachable from statics and singletons: the rest is not looked at.");
        if (!plans.Unreadable.IsEmpty)
            notes.Add($"State of these types cannot be read and is skipped: {string.Join(", ", plans.Unreadable.Keys.Order(StringComparer.Ordinal).Take(10))}.");
        // Counted once, when it first happens: the number of tries says nothing more.
        if (_walk.Unreadable + (statics?.Unreadable ?? 0) is > 0 and var fields && !_toldUnreadable)
        {
            _toldUnreadable = true;
            notes.Add($"{fields} fields or types of user code could not be read and are skipped: they were trimmed, or refer to something that is not there.");
        }
    }
}
