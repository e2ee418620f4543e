using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Rules.State;
using Pitfalls.Runtime.Signals.State;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.State;

public class UnsynchronizedSharedCollectionTests
{
    private readonly RecordingReporter _reporter = new();

    [Theory]
    [InlineData(nameof(RootKind.Static))]
    [InlineData(nameof(RootKind.Singleton))]
    [InlineData(nameof(RootKind.HostedService))]
    [InlineData(nameof(RootKind.Pipeline))]
    public void Flags_a_writer_without_a_lock(string root)
    {
        Observe(Changed().With(root: Enum.Parse<RootKind>(root), changes: 2, places: Collections.Place()));

        var found = _reporter.Single;
        Assert.Equal(
            "Shop.Cache.Users (Dictionary<string, User>) is shared by all requests and changed by Cache.Add in Cache.cs:line 12 without a lock, and a Dictionary is not made for two threads.",
            found.Message);
        Assert.Equal("Shop.Cache.Users", found.Subject);
        Assert.Equal(12, found.Location!.Line);
        Assert.Equal("code", found.Evidence["seenIn"]);
        Assert.Equal(root, found.Evidence["root"]);
    }

    [Fact]
    public void Flags_the_writers_without_a_lock_beside_one_that_has_it()
    {
        Observe(Changed().With(changes: 2, places: [Collections.Place(isLocked: true), Collections.Place("Shop.Cache.Drop", 30, adds: false), Collections.Place("Shop.Cache.Put", 40)]));

        Assert.Equal("Cache.Drop in Cache.cs:line 30; Cache.Put in Cache.cs:line 40", _reporter.Single.Evidence["writers"]);
        Assert.Contains("and 1 other place without a lock", _reporter.Single.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(CollectionFaultKind.ChangedByTwo), "was changed by two threads at once and is damaged: the runtime threw InvalidOperationException in Cache.Add in Cache.cs:line 12.")]
    [InlineData(nameof(CollectionFaultKind.ChangedWhileRead), "was changed while it was being read: the runtime threw InvalidOperationException in Cache.Add in Cache.cs:line 12.")]
    public void Flags_the_runtimes_own_proof(string kind, string words)
    {
        Observe(Fault(Changed(), Enum.Parse<CollectionFaultKind>(kind)));

        Assert.EndsWith(words, _reporter.Single.Message, StringComparison.Ordinal);
        Assert.Equal("GET /users", _reporter.Single.Route);
        Assert.Equal("exception", _reporter.Single.Evidence["seenIn"]);
    }

    [Fact]
    public void Flags_the_proof_also_where_all_writers_hold_a_lock()
    {
        // Then a reader does not, or another lock is held.
        Observe(Fault(Changed().With(places: Collections.Place(isLocked: true))));

        Assert.Single(_reporter.Reports);
    }

    [Fact]
    public void The_proof_and_the_code_are_one_finding_and_the_proof_says_more()
    {
        Observe(Changed().With(changes: 2, places: Collections.Place()));
        Observe(Fault(Changed()));

        Assert.Equal(_reporter.Reports[0].Occurrence.Subject, _reporter.Reports[1].Occurrence.Subject);
        Assert.True(_reporter.Reports[1].Occurrence.Weight > _reporter.Reports[0].Occurrence.Weight);
    }

    [Theory]
    [InlineData(nameof(Sharing.Concurrent))]
    [InlineData(nameof(Sharing.Immutable))]
    public void StaysSilent_on_collections_made_for_many_threads(string sharing)
    {
        var collection = Changed().With(sharing: Enum.Parse<Sharing>(sharing), changes: 9, places: Collections.Place());

        IsSilent(collection);
        Observe(Fault(collection));
        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_when_every_writer_holds_a_lock() => IsSilent(Changed().With(changes: 9, places: [Collections.Place(isLocked: true), Collections.Place(line: 20, isLocked: true)]));

    [Fact]
    public void StaysSilent_when_only_start_up_and_hosted_services_write() => IsSilent(Changed().With(changes: 9, places: Collections.Place(isFromRequests: false)));

    [Fact]
    public void StaysSilent_when_only_its_constructor_writes() => IsSilent(Changed().With(changes: 9, places: Collections.Place(isConstruction: true)));

    [Fact]
    public void StaysSilent_when_nobody_is_seen_writing() => IsSilent(Changed().With(changes: 9));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void StaysSilent_when_it_did_not_go_on_changing_while_requests_were_served(int changes) => IsSilent(Changed().With(changes: changes, places: Collections.Place()));

    [Fact]
    public void StaysSilent_on_what_an_element_of_a_list_holds() => IsSilent(Changed().With(changes: 9, isElement: true, places: Collections.Place()));

    [Fact]
    public void Limitation_a_lock_is_believed_whatever_it_is_on()
    {
        // Two writers under two different locks: nothing in the code tells which lock belongs to the list.
        IsSilent(Changed().With(changes: 9, places: [Collections.Place(isLocked: true), Collections.Place(line: 20, isLocked: true)]));
    }

    [Fact]
    public void Carries_what_the_field_the_writer_and_the_request_allow()
    {
        var declared = new Allowance("PIT2003", "by contract");
        Observe(Changed().With(changes: 2, declared: declared, places: Collections.Place()));
        Observe(Changed().With(changes: 2, places: Collections.Place() with { Declared = declared }));
        Observe(Fault(Changed()) with { Ambient = declared });

        Assert.All(_reporter.Reports, r => Assert.True((r.Occurrence.Declared ?? r.Occurrence.Ambient)!.Covers(UnsynchronizedSharedCollection.Rule)));
    }

    private static ObservedCollection Changed() => Collections.Of((5, 0), (6, 1), (5, 2));

    private static CollectionFault Fault(ObservedCollection collection, CollectionFaultKind kind = CollectionFaultKind.ChangedByTwo) => new(collection, kind, Collections.Place(), "GET /users", null);

    private void IsSilent(ObservedCollection collection)
    {
        Observe(collection);
        Assert.Empty(_reporter.Reports);
    }

    private void Observe(ObservedCollection collection) => new UnsynchronizedSharedCollection().Observe(collection, _reporter);

    private void Observe(CollectionFault fault) => new UnsynchronizedSharedCollection().Observe(fault, _reporter);
}
