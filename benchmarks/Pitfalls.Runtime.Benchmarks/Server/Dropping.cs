using OpenTelemetry;

using Sentry.Extensibility;
using Sentry.Protocol.Envelopes;

namespace Pitfalls.Runtime.Benchmarks.Server;

/// <summary>Takes what OpenTelemetry exports and lets it go: its own work up to here is measured, a network is not.</summary>
internal sealed class DroppingExporter<T> : BaseExporter<T>
    where T : class
{
    public override ExportResult Export(in Batch<T> batch)
    {
        // An exporter that does not read its batch would leave the batch's work undone.
        foreach (var item in batch)
            GC.KeepAlive(item);
        return ExportResult.Success;
    }
}

/// <summary>The same for Sentry.</summary>
internal sealed class DroppingTransport : ITransport
{
    public Task SendEnvelopeAsync(Envelope envelope, CancellationToken cancellationToken = default) => Task.CompletedTask;
}
