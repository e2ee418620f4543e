using System.Buffers.Binary;

namespace Pitfalls.Runtime.Signals.Blocking.EventPipe;

/// <summary>
/// Reads the runtime's event stream ("nettrace", the object format that .NET 5 to 10 write) and hands over the events somebody wants.
/// </summary>
/// <remarks>
/// https://github.com/microsoft/perfview/blob/main/src/TraceEvent/EventPipe/NetTraceFormat_v5.md. Input is bounded at every place: a stream that does not
/// make sense ends in an <see cref="InvalidDataException"/>, never in memory.
/// </remarks>
internal sealed class NettraceReader(Stream stream, INettraceSink sink)
{
    private const byte NullReference = 1;
    private const byte BeginObject = 5;
    private const byte EndObject = 6;
    private const int MaxBlock = 16 * 1024 * 1024;
    private const int MaxName = 64;
    private const int TraceBytes = 48;

    private readonly byte[] _small = new byte[TraceBytes];
    private readonly EventBlockReader _events = new(sink);
    private byte[] _block = new byte[64 * 1024];
    private long _position;

    /// <summary>How many bytes have come.</summary>
    public long Position => _position;

    /// <summary>Reads until the stream ends.</summary>
    /// <exception cref="InvalidDataException">It is not nettrace, or damaged.</exception>
    /// <exception cref="IOException">It broke off.</exception>
    public void Run()
    {
        Expect("Nettrace"u8);
        if (Int32() != 20)
            throw NotNettrace();
        Expect("!FastSerialization.1"u8);

        while (true)
        {
            var tag = Byte();
            if (tag == NullReference)
                return;
            if (tag != BeginObject)
                throw NotNettrace();
            ReadObject();
        }
    }

    private static InvalidDataException NotNettrace() => new("the runtime's event stream has another format");

    private void ReadObject()
    {
        var kind = ReadKind();
        if (kind.SequenceEqual("Trace"u8))
            ReadTrace();
        else
            ReadBlock(kind);
        if (Byte() != EndObject)
            throw NotNettrace();
    }

    private ReadOnlySpan<byte> ReadKind()
    {
        if (Byte() != BeginObject || Byte() != NullReference)
            throw NotNettrace();
        Int32();
        Int32();
        var length = Int32();
        if (length is < 1 or > MaxName)
            throw NotNettrace();
        Span<byte> name = new byte[length];
        Fill(name);
        return Byte() == EndObject ? name : throw NotNettrace();
    }

    private void ReadTrace()
    {
        Fill(_small);
        // 16 bytes of calendar time, then the counter at that time, its frequency, and the size of a pointer.
        var frequency = BinaryPrimitives.ReadInt64LittleEndian(_small.AsSpan(24));
        var pointerBytes = BinaryPrimitives.ReadInt32LittleEndian(_small.AsSpan(32));
        if (frequency <= 0 || pointerBytes is not (4 or 8))
            throw NotNettrace();
        sink.OnStream(frequency, BinaryPrimitives.ReadInt32LittleEndian(_small.AsSpan(36)), pointerBytes);
    }

    private void ReadBlock(ReadOnlySpan<byte> kind)
    {
        var length = Int32();
        if (length is < 0 or > MaxBlock)
            throw NotNettrace();
        Fill(_small.AsSpan(0, (int)(-_position & 3)));
        if (_block.Length < length)
            _block = new byte[Math.Max(length, _block.Length * 2)];
        var block = _block.AsSpan(0, length);
        Fill(block);

        if (kind.SequenceEqual("EventBlock"u8))
            _events.ReadEvents(block, isMetadata: false);
        else if (kind.SequenceEqual("MetadataBlock"u8))
            _events.ReadEvents(block, isMetadata: true);
        else if (kind.SequenceEqual("StackBlock"u8))
            _events.ReadStacks(block);
        else if (kind.SequenceEqual("SPBlock"u8))
            _events.ReadSequencePoint(block);
        sink.OnBlockEnd();
    }

    private byte Byte()
    {
        Fill(_small.AsSpan(0, 1));
        return _small[0];
    }

    private int Int32()
    {
        Fill(_small.AsSpan(0, 4));
        return BinaryPrimitives.ReadInt32LittleEndian(_small);
    }

    private void Expect(ReadOnlySpan<byte> expected)
    {
        var read = _small.AsSpan(0, expected.Length);
        Fill(read);
        if (!read.SequenceEqual(expected))
            throw NotNettrace();
    }

    private void Fill(Span<byte> bytes)
    {
        stream.ReadExactly(bytes);
        _position += bytes.Length;
    }
}

/// <summary>Takes what a stream holds, on the thread that reads it.</summary>
internal interface INettraceSink
{
    /// <summary>The stream says how it counts time, whose it is, and how wide addresses are.</summary>
    void OnStream(long ticksPerSecond, int processId, int pointerBytes);

    /// <summary>A kind of event was announced. 0: not wanted; else the number its events shall come with.</summary>
    int KindOf(string provider, int eventId);

    void OnEvent(in NettraceEvent happened);

    /// <summary>Events that the runtime had no room for.</summary>
    void OnLost(long count);

    /// <summary>What follows may be a long time in coming.</summary>
    void OnBlockEnd();
}

/// <summary>One event; its bytes are lent for the call.</summary>
internal readonly ref struct NettraceEvent
{
    public required int Kind { get; init; }

    /// <summary>The operating system's number of the thread it happened on.</summary>
    public required long ThreadId { get; init; }

    public required long Timestamp { get; init; }

    /// <summary>Return addresses, innermost first.</summary>
    public required ReadOnlySpan<byte> Stack { get; init; }

    public required ReadOnlySpan<byte> Payload { get; init; }
}
