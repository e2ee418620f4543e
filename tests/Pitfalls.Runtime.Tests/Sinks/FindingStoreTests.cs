using Pitfalls.Runtime.Sinks;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Sinks;

public class FindingStoreTests
{
    [Fact]
    public void The_newest_state_of_each_finding_is_kept()
    {
        var store = new FindingStore();

        store.Write(Findings.Finding("a", count: 1));
        store.Write(Findings.Finding("a", count: 10));
        store.Write(Findings.Finding("a", count: 4));
        store.Write(Findings.Finding("b", count: 2));

        Assert.Equal(2, store.Count);
        Assert.Equal([("a", 10L), ("b", 2L)], store.All().Select(f => (f.Fingerprint, f.Count)).Order());
    }

    [Fact]
    public void The_newest_comes_first()
    {
        var store = new FindingStore();
        var finding = Findings.Finding("old");
        store.Write(finding);
        store.Write(finding with { Fingerprint = "newest", LastSeen = finding.LastSeen.AddMinutes(2) });
        store.Write(finding with { Fingerprint = "new", LastSeen = finding.LastSeen.AddMinutes(1) });

        Assert.Equal(["newest", "new", "old"], store.All().Select(f => f.Fingerprint));
    }

    [Fact]
    public void Its_version_changes_with_every_write()
    {
        var store = new FindingStore();
        var before = store.Version;
        store.Write(Findings.Finding());
        var after = store.Version;
        store.Write(Findings.Finding());

        Assert.Equal(3, new[] { before, after, store.Version }.Distinct().Count());
    }
}
