namespace Pitfalls.Runtime.Signals.Startup;

/// <summary>One look at what the app has declared: gathers plain values and wakes the rules that want them. Runs on a thread of the library's own.</summary>
internal interface ISurvey
{
    /// <summary>The name its faults are counted under.</summary>
    string Name { get; }

    /// <summary>Whether it looks again when endpoints change or more becomes known.</summary>
    bool FollowsChanges { get; }

    /// <summary>What it looked at, for <c>api/status</c> and the report of <c>--check-pitfalls</c>; <see langword="null"/> before the first run.</summary>
    string? Summary { get; }

    void Run();
}
