using System.Diagnostics.Metrics;

using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Tests.Support;

/// <summary>Rules, sightings and findings for tests of what comes after the rules.</summary>
internal static class Findings
{
    public static readonly NumberSetting Depth = new("Depth", "How deep.", 3, 1, 9);

    public static readonly PitfallRule Rule = new(3001, "NullBody", "Null body", PitfallSeverity.Warning, PitfallSeverity.Error, "Answer 404.", Depth);

    public static readonly PitfallRule DevelopmentOnly = new(4004, "RedundantBindingSource", "Redundant", PitfallSeverity.Info, null, "Remove it.");

    public static readonly IReadOnlyList<PitfallRule> Catalog = [Rule, DevelopmentOnly];

    public static Occurrence Seen(string subject = "GET /orders", string message = "GET /orders answered null.", string? route = "GET /orders", double weight = 0) => new()
    {
        Message = message,
        Subject = subject,
        Route = route,
        Weight = weight,
    };

    public static Finding Finding(
        string fingerprint = "a1b2c3d4e5f60718", long count = 1, PitfallSeverity severity = PitfallSeverity.Warning, bool isMilestone = true) => new()
    {
        RuleId = Rule.Id,
        RuleNumber = Rule.Number,
        Rule = Rule.Name,
        Category = Rule.Category,
        Severity = severity,
        Title = Rule.Title,
        Message = "GET /orders/{id} answered 200 with the JSON body null.",
        Fix = Rule.Fix,
        HelpUrl = Rule.HelpUrl,
        Fingerprint = fingerprint,
        Count = count,
        FirstSeen = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        LastSeen = new DateTimeOffset(2026, 1, 1, 0, 1, 0, 250, TimeSpan.Zero),
        Routes = ["GET /orders/{id}"],
        Location = new PitfallLocation { Function = "Shop.OrdersController.Get", File = "OrdersController.cs", Line = 42 },
        Evidence = Evidence.Of(("status", 200), ("body", "null"), ("ratio", 0.5), ("cut", false), ("bytes", 4L)),
        TraceId = "0af7651916cd43dd8448eb211c80319c",
        IsMilestone = isMilestone,
    };

    /// <summary>A meter of its own, and what is measured on it.</summary>
    public static PitfallMeter Meter(out List<(string Instrument, double Value, Dictionary<string, object?> Tags)> measured, out MeterListener listener)
    {
        var factory = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        var all = new List<(string, double, Dictionary<string, object?>)>();
        var started = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, factory))
                    l.EnableMeasurementEvents(instrument);
            },
        };
        started.SetMeasurementEventCallback<long>((i, v, tags, _) => all.Add((i.Name, v, tags.ToArray().ToDictionary(t => t.Key, t => t.Value))));
        started.SetMeasurementEventCallback<double>((i, v, tags, _) => all.Add((i.Name, v, tags.ToArray().ToDictionary(t => t.Key, t => t.Value))));
        started.SetMeasurementEventCallback<int>((i, v, tags, _) => all.Add((i.Name, v, tags.ToArray().ToDictionary(t => t.Key, t => t.Value))));
        started.Start();
        (measured, listener) = (all, started);
        return new PitfallMeter(factory);
    }
}
