using System.Diagnostics.Metrics;

using Microsoft.Extensions.DependencyInjection;

using Pitfalls.Runtime.Diagnostics;

namespace Pitfalls.Runtime.Tests.Diagnostics;

public class WarmUpTests
{
    [Fact]
    public void Everything_a_start_needs_can_be_made_without_a_host() => Assert.Null(WarmUp.Run(PitfallServiceCollectionExtensions.AddStations));

    [Fact]
    public void A_fault_stays_inside() => Assert.IsType<InvalidOperationException>(WarmUp.Run(_ => throw new InvalidOperationException()));

    [Fact]
    public void The_apps_meter_listeners_see_nothing_of_it()
    {
        var me = Environment.CurrentManagedThreadId;
        var seen = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (Environment.CurrentManagedThreadId == me)
                seen.Add(instrument.Name);
        };
        listener.Start();
        using var meter = new Meter("proof");
        _ = meter.CreateCounter<int>("that the listener listens");
        seen.RemoveAll(name => name != "that the listener listens");

        WarmUp.Run(PitfallServiceCollectionExtensions.AddStations);

        Assert.Equal(["that the listener listens"], seen);
    }
}
