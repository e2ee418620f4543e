namespace Pitfalls.Runtime.Signals.Blocking;

/// <summary>How often threads may be sampled: less and less while it shows nothing new.</summary>
internal sealed class BurstBudget(TimeSpan shortest, TimeSpan longest)
{
    private TimeSpan _pause;
    private TimeSpan? _last;

    /// <param name="now">The time, on any clock.</param>
    /// <param name="isNews">Whether it is about something that has hardly been looked at: that need not wait for what has shown nothing.</param>
    public bool Take(TimeSpan now, bool isNews = false)
    {
        if (_last is { } last && now - last < (_pause > shortest && !isNews ? _pause : shortest))
            return false;
        _last = now;
        return true;
    }

    public void Learn(bool foundNew)
    {
        var longer = (_pause > shortest ? _pause : shortest) * 2;
        _pause = foundNew ? shortest : longer < longest ? longer : longest;
    }
}
