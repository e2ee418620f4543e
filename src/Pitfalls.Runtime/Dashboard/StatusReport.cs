using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;
using Pitfalls.Runtime.Sinks;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Dashboard;

/// <summary>What is watched, what is off and why: what "no findings" is worth.</summary>
internal sealed class StatusReport(
    LiveOptions options, IReadOnlyList<PitfallRule> catalog, DetectorGuard guard, PitfallReporter reporter, FindingStore store,
    ResponseSignal responses, Drops drops, StatusNotes notes, Channels channels, UserCode userCode, HostFacts host, TimeProvider time)
{
    private readonly DateTimeOffset _started = Now(time);

    public StatusDocument Make() => new()
    {
        Version = typeof(StatusReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
        Application = host.ApplicationName,
        Environment = host.EnvironmentName,
        Profile = options.Current.Profile.ToString(),
        Started = _started,
        Detectors = [.. catalog.Select(Detector)],
        Signals = new SignalCounts { Requests = responses.Requests, Responses = responses.Looked },
        Channels = channels.All,
        Findings = store.Count,
        Allowed = reporter.Allowed,
        Dropped = [.. drops.All.Select(d => new DropCount(d.Station, d.Reason, d.Count))],
        Faults = [.. guard.All.Select(f => new FaultCount(f.Detector, f.Count, f.LastException))],
        UserAssemblies = [.. userCode.Assemblies.Order(StringComparer.Ordinal)],
        Notes = options.Rejected is { } rejected ? [$"The newest configuration is not in force: {rejected}", .. notes.All] : notes.All,
    };

    /// <summary>The clock may be the app's own; the start of the host must not hang on it.</summary>
    private static DateTimeOffset Now(TimeProvider time)
    {
        try
        {
            return time.GetUtcNow();
        }
        catch (Exception)
        {
            return TimeProvider.System.GetUtcNow();
        }
    }

    private DetectorStatus Detector(PitfallRule rule)
    {
        var effective = options.Current.For(rule);
        var (faults, exception) = guard.FaultsOf(rule.Id);
        var isOff = guard.IsOff(rule.Id);
        return new DetectorStatus
        {
            RuleId = rule.Id,
            Rule = rule.Name,
            Title = rule.Title,
            Enabled = effective.IsEnabled && !isOff,
            Reason = isOff ? $"it faulted {faults} times, the last time with {exception}" : effective.OffBecause,
            Severity = effective.Severity,
            Faults = faults,
        };
    }
}

/// <summary>The answer of <c>api/status</c>.</summary>
internal sealed record StatusDocument
{
    public required string Version { get; init; }

    public required string Application { get; init; }

    public required string Environment { get; init; }

    public required string Profile { get; init; }

    [JsonConverter(typeof(UtcTimeConverter))]
    public required DateTimeOffset Started { get; init; }

    public required IReadOnlyList<DetectorStatus> Detectors { get; init; }

    public required SignalCounts Signals { get; init; }

    /// <summary>What of the runtime can be heard here.</summary>
    public required IReadOnlyList<ChannelStatus> Channels { get; init; }

    public required int Findings { get; init; }

    /// <summary>Sightings that somebody has allowed on purpose.</summary>
    public required long Allowed { get; init; }

    public required IReadOnlyList<DropCount> Dropped { get; init; }

    public required IReadOnlyList<FaultCount> Faults { get; init; }

    public required IReadOnlyList<string> UserAssemblies { get; init; }

    public required IReadOnlyList<string> Notes { get; init; }
}

/// <summary>One rule: on, or off and why.</summary>
internal sealed record DetectorStatus
{
    public required string RuleId { get; init; }

    public required string Rule { get; init; }

    public required string Title { get; init; }

    public required bool Enabled { get; init; }

    public string? Reason { get; init; }

    public required PitfallSeverity Severity { get; init; }

    public required int Faults { get; init; }
}

/// <summary>How much was seen.</summary>
internal sealed record SignalCounts
{
    public required long Requests { get; init; }

    /// <summary>Responses looked at; the others were not due in the Production profile.</summary>
    public required long Responses { get; init; }
}

internal sealed record DropCount(string Station, string Reason, long Count);

internal sealed record FaultCount(string Detector, int Count, string LastException);

/// <summary>Compiled JSON of the status.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(StatusDocument))]
internal sealed partial class StatusJson : JsonSerializerContext;
