using Pitfalls.Runtime.Rules.Data;
using Pitfalls.Runtime.Signals.Dependencies;
using Pitfalls.Runtime.Tests.Support;

namespace Pitfalls.Runtime.Tests.Rules.Data;

public class RepeatedQueryTests
{
    private readonly RepeatedQuery _rule = new();
    private readonly RecordingReporter _reporter = new();

    [Fact]
    public void Flags_five_with_frame_count_and_time()
    {
        Observe(5);

        var occurrence = _reporter.Single;
        Assert.Equal(Calls.Place, occurrence.Location);
        Assert.Equal(5, occurrence.Evidence["count"]);
        Assert.Equal(12.5, occurrence.Evidence["milliseconds"]);
        Assert.Contains("5 times, 12.5 ms", occurrence.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Flags_changes_with_a_fix_of_their_own()
    {
        _rule.Observe(new Repetition(Calls.Query(operation: "UPDATE"), 9, TimeSpan.FromMilliseconds(1), IsStream: false), _reporter);

        Assert.Contains("SaveChangesAsync", _reporter.Single.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void StaysSilent_on_fewer()
    {
        Observe(4);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_on_streams()
    {
        Observe(50, isStream: true);

        Assert.Empty(_reporter.Reports);
    }

    [Fact]
    public void StaysSilent_on_what_is_no_database()
    {
        _rule.Observe(new Repetition(Calls.Query(kind: DependencyKind.Http), 9, TimeSpan.Zero, IsStream: false), _reporter);

        Assert.Empty(_reporter.Reports);
    }

    private void Observe(int count, bool isStream = false) =>
        _rule.Observe(new Repetition(Calls.Query(), count, TimeSpan.FromMilliseconds(12.5), isStream), _reporter);
}
