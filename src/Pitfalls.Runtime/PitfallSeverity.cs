using System.Text.Json.Serialization;

namespace Pitfalls.Runtime;

/// <summary>How much a finding matters. It decides the log level and what a test or a deploy check fails on.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PitfallSeverity>))]
public enum PitfallSeverity
{
    /// <summary>Worth knowing; nothing is broken. Logged as Information.</summary>
    Info,

    /// <summary>Will hurt under load, in time or in the wrong hands. Logged as Warning.</summary>
    Warning,

    /// <summary>Hurts now: data leaks, requests fail or the app stands still. Logged as Error.</summary>
    Error,
}
