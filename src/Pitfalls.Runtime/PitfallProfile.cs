namespace Pitfalls.Runtime;

/// <summary>How closely the app is watched.</summary>
public enum PitfallProfile
{
    /// <summary>Nothing is watched; the library adds nothing to the pipeline. Chosen at start, it stays until the next start.</summary>
    Off,

    /// <summary>Every rule, every request looked at. The default in the environment <c>Development</c>.</summary>
    Development,

    /// <summary>
    /// Cheap signals always, response bodies sampled (the first 20 of every endpoint, then at most one a second per endpoint),
    /// expensive work only when a cheap signal asks for it. The default everywhere but in <c>Development</c>.
    /// </summary>
    Production,
}
