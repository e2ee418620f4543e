using System.Text.Json.Serialization;

namespace Pitfalls.Runtime;

/// <summary>The chapter of the catalogue a rule belongs to: the first digit of its number.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PitfallCategory>))]
public enum PitfallCategory
{
    /// <summary>1xxx: blocked threads, starvation, forgotten tasks.</summary>
    Threading = 1,

    /// <summary>2xxx: statics and singletons that grow, are shared without a lock, or hold what they must not.</summary>
    State = 2,

    /// <summary>3xxx: what the app sends.</summary>
    Responses = 3,

    /// <summary>4xxx: what the app accepts.</summary>
    Requests = 4,

    /// <summary>5xxx: databases.</summary>
    Data = 5,

    /// <summary>6xxx: exceptions and logging.</summary>
    Errors = 6,

    /// <summary>7xxx: what the app ships with.</summary>
    Deployment = 7,

    /// <summary>8xxx: health checks.</summary>
    Health = 8,

    /// <summary>9xxx: tests.</summary>
    Testing = 9,
}
