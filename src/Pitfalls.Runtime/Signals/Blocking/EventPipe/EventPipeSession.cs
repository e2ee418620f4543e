using System.Buffers.Binary;
using System.Text;

namespace Pitfalls.Runtime.Signals.Blocking.EventPipe;

/// <summary>One stream of the runtime's own events about this process, with stacks.</summary>
internal sealed class EventPipeSession : IDisposable
{
    private const byte StopTracing = 0x01;
    private const byte CollectTracing2 = 0x03;
    private const byte CollectTracing5 = 0x06;
    private const uint NettraceFormat = 1;
    private const uint BufferMegabytes = 4;

    private readonly ulong _id;
    private int _stopping;

    private EventPipeSession(ulong id, Stream stream)
    {
        _id = id;
        Stream = stream;
    }

    /// <summary>The events as they come; ends some time after <see cref="RequestStop"/>.</summary>
    public Stream Stream { get; }

    /// <exception cref="DiagnosticsPortException">There is no port, or it refused.</exception>
    public static EventPipeSession Open(params EventPipeProvider[] providers)
    {
        try
        {
            // Since .NET 10 the runtime filters by event id, so that events which share a keyword with ours are never written.
            return Open(CollectTracing5, Payload5(providers));
        }
        catch (DiagnosticsPortException)
        {
            return Open(CollectTracing2, Payload2(providers));
        }
    }

    /// <summary>Asks the runtime to end the stream. What is still under way must be read, else the runtime waits for us.</summary>
    public void RequestStop()
    {
        if (Interlocked.Exchange(ref _stopping, 1) != 0)
            return;
        Span<byte> id = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(id, _id);
        try
        {
            DiagnosticsPort.Send(DiagnosticsPort.EventPipeCommands, StopTracing, id).Connection.Dispose();
        }
        catch (DiagnosticsPortException)
        {
            // The runtime ends the session by itself when it finds nobody at the other end.
            Stream.Dispose();
        }
    }

    public void Dispose() => Stream.Dispose();

    private static EventPipeSession Open(byte command, byte[] payload)
    {
        var (connection, answer) = DiagnosticsPort.Send(DiagnosticsPort.EventPipeCommands, command, payload);
        if (answer.Length < 8)
        {
            connection.Dispose();
            throw new DiagnosticsPortException("the runtime's diagnostics port gave no session");
        }

        // Events may be a long time in coming; only the answer had to be there soon.
        if (connection.CanTimeout)
            connection.ReadTimeout = Timeout.Infinite;
        return new EventPipeSession(BinaryPrimitives.ReadUInt64LittleEndian(answer), connection);
    }

    private static byte[] Payload5(EventPipeProvider[] providers) => Payload(writer =>
    {
        writer.Write(0u); // a stream, not user_events
        writer.Write(BufferMegabytes);
        writer.Write(NettraceFormat);
        writer.Write(0ul); // no rundown: it would walk every method of the process
        writer.Write(true); // with stacks
        WriteProviders(writer, providers, withFilter: true);
    });

    private static byte[] Payload2(EventPipeProvider[] providers) => Payload(writer =>
    {
        writer.Write(BufferMegabytes);
        writer.Write(NettraceFormat);
        writer.Write(false);
        WriteProviders(writer, providers, withFilter: false);
    });

    private static byte[] Payload(Action<BinaryWriter> write)
    {
        var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        write(writer);
        writer.Flush();
        return bytes.ToArray();
    }

    private static void WriteProviders(BinaryWriter writer, EventPipeProvider[] providers, bool withFilter)
    {
        writer.Write(providers.Length);
        foreach (var provider in providers)
        {
            writer.Write(provider.Keywords);
            writer.Write(provider.Level);
            WriteText(writer, provider.Name);
            WriteText(writer, "");
            if (!withFilter)
                continue;
            writer.Write(provider.EventIds.Length > 0);
            writer.Write(provider.EventIds.Length);
            foreach (var id in provider.EventIds)
                writer.Write(id);
        }
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        writer.Write(text.Length + 1);
        writer.Write(Encoding.Unicode.GetBytes(text + '\0'));
    }
}

/// <summary>What a session listens to.</summary>
/// <param name="Name">The provider.</param>
/// <param name="Keywords">Its keywords.</param>
/// <param name="Level">Up to which level; 5 is verbose.</param>
/// <param name="EventIds">Only these events, where the runtime can filter; empty: all.</param>
internal sealed record EventPipeProvider(string Name, ulong Keywords, uint Level, params uint[] EventIds);
