using System.Text.Json;
using System.Text.Json.Serialization;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.State;

namespace Pitfalls.Runtime.Dashboard;

/// <summary>The samples of every collection that is watched, for the page to plot.</summary>
internal sealed class SeriesReport(SeriesBook book)
{
    public byte[] Make() => JsonSerializer.SerializeToUtf8Bytes(
        [.. book.All().Select(s => new SeriesEntry(
            s.Name,
            s.Kind,
            s.Root.ToString(),
            [.. s.Samples.Select(p => new SamplePoint { At = p.At, Entries = p.Count, Requests = p.Requests })]))],
        SeriesJson.Default.IReadOnlyListSeriesEntry);
}

/// <summary>One collection.</summary>
/// <param name="Name">The way to it, <c>Shop.Cache.Users</c>.</param>
/// <param name="Kind"><c>ConcurrentDictionary</c>.</param>
/// <param name="Root">What keeps it alive: <c>Static</c>, <c>Singleton</c>, <c>HostedService</c>.</param>
/// <param name="Samples">Oldest first.</param>
internal sealed record SeriesEntry(string Name, string Kind, string Root, IReadOnlyList<SamplePoint> Samples);

/// <summary>Entries at a moment, and the requests taken until then.</summary>
internal sealed record SamplePoint
{
    [JsonConverter(typeof(UtcTimeConverter))]
    public required DateTimeOffset At { get; init; }

    public required long Entries { get; init; }

    public required long Requests { get; init; }
}

/// <summary>Compiled JSON of the series.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(IReadOnlyList<SeriesEntry>))]
internal sealed partial class SeriesJson : JsonSerializerContext;
