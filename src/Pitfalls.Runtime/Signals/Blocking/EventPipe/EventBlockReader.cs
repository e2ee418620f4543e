namespace Pitfalls.Runtime.Signals.Blocking.EventPipe;

/// <summary>What the blocks of a nettrace stream hold: kinds of events, stacks, events, and points where the counting starts anew.</summary>
internal sealed class EventBlockReader(INettraceSink sink)
{
    private const int MaxKinds = 4096;
    private const int MaxStackBytes = 4 * 1024 * 1024;
    private const int MaxStacks = 64 * 1024;
    private const int MaxStackDepth = 128;
    private const int MaxThreads = 16 * 1024;
    private const int MinHeader = 4;

    private readonly Dictionary<int, int> _kinds = [];
    private readonly Dictionary<int, (int At, int Length)> _stacks = [];
    private readonly Dictionary<long, int> _sequences = [];
    private byte[] _stackBytes = new byte[16 * 1024];
    private int _stackBytesUsed;

    public void ReadEvents(ReadOnlySpan<byte> block, bool isMetadata)
    {
        var header = new ByteCursor(block);
        var headerBytes = header.Int16();
        var isCompressed = (header.Int16() & 1) != 0;
        if (headerBytes < MinHeader)
            throw new InvalidDataException("a nettrace block has no header");
        header.Take(headerBytes - MinHeader);

        // Once for the form, and only then for what it says: of a block that is damaged anywhere nothing is believed, least of all a stack.
        Read(block[headerBytes..], isCompressed, isMetadata, isDelivered: false);
        Read(block[headerBytes..], isCompressed, isMetadata, isDelivered: true);
    }

    public void ReadStacks(ReadOnlySpan<byte> block)
    {
        var stacks = new ByteCursor(block);
        var id = stacks.Int32();
        var count = stacks.Int32();
        CheckStacks(stacks, count);
        for (; count > 0; count--, id = unchecked(id + 1))
        {
            var addresses = stacks.Take(stacks.Int32());
            // A stream without sequence points must not become a store without end.
            if (_stackBytesUsed + addresses.Length > MaxStackBytes || _stacks.Count >= MaxStacks)
                ForgetStacks();
            if (_stackBytesUsed + addresses.Length > _stackBytes.Length)
                Array.Resize(ref _stackBytes, Math.Max(_stackBytes.Length * 2, _stackBytesUsed + addresses.Length));
            addresses.CopyTo(_stackBytes.AsSpan(_stackBytesUsed));
            _stacks[id] = (_stackBytesUsed, addresses.Length);
            _stackBytesUsed += addresses.Length;
        }
    }

    /// <summary>Stack numbers start anew, and every thread tells how many events it has written.</summary>
    public void ReadSequencePoint(ReadOnlySpan<byte> block)
    {
        var point = new ByteCursor(block);
        point.Int64();
        var threads = point.Int32();
        for (; threads > 0 && !point.AtEnd; threads--)
            CountLost(point.Int64(), point.Int32());
        ForgetStacks();
    }

    private void Read(ReadOnlySpan<byte> block, bool isCompressed, bool isMetadata, bool isDelivered)
    {
        var events = new ByteCursor(block);
        var blob = default(Blob);
        while (!events.AtEnd)
        {
            var payload = isCompressed ? ReadCompressed(ref events, ref blob) : ReadUncompressed(ref events, ref blob);
            if (!isDelivered)
                continue;
            if (isMetadata)
                Announce(payload);
            else
                Deliver(blob, payload);
        }
    }

    /// <summary>The runtime records whole addresses, and no more than a hundred.</summary>
    private static void CheckStacks(ByteCursor stacks, int count)
    {
        for (; count > 0; count--)
        {
            var length = stacks.Take(stacks.Int32()).Length;
            if (length % nint.Size != 0 || length > MaxStackDepth * nint.Size)
                throw new InvalidDataException("a nettrace stack is none");
        }
    }

    private void ForgetStacks()
    {
        _stacks.Clear();
        _stackBytesUsed = 0;
    }

    private void Announce(ReadOnlySpan<byte> payload)
    {
        var metadata = new ByteCursor(payload);
        var id = metadata.Int32();
        var provider = metadata.Utf16();
        var eventId = metadata.Int32();
        if (_kinds.Count < MaxKinds || _kinds.ContainsKey(id))
            _kinds[id] = sink.KindOf(provider, eventId);
    }

    private void Deliver(in Blob blob, ReadOnlySpan<byte> payload)
    {
        if (blob.HasSequence)
            CountLost(blob.CaptureThread, blob.Sequence - 1, blob.Sequence);
        if (!_kinds.TryGetValue(blob.Metadata & int.MaxValue, out var kind) || kind == 0)
            return;
        var stack = _stacks.TryGetValue(blob.Stack, out var place) ? _stackBytes.AsSpan(place.At, place.Length) : default;
        sink.OnEvent(new NettraceEvent { Kind = kind, ThreadId = blob.Thread, Timestamp = blob.Timestamp, Stack = stack, Payload = payload });
    }

    /// <summary>Each thread numbers its events: a step of more than one is a loss.</summary>
    private void CountLost(long thread, int seenUpTo, int? next = null)
    {
        if (_sequences.TryGetValue(thread, out var last) && unchecked(seenUpTo - last) is > 0 and var lost)
            sink.OnLost(lost);
        if (_sequences.Count >= MaxThreads)
            _sequences.Clear();
        _sequences[thread] = next ?? seenUpTo;
    }

    /// <summary>Only what differs from the event before is written; a flag for each field says which.</summary>
    private static ReadOnlySpan<byte> ReadCompressed(ref ByteCursor events, ref Blob blob)
    {
        var flags = events.Byte();
        if ((flags & 0x01) != 0)
            blob.Metadata = (int)events.VarUInt32();
        if ((flags & 0x02) != 0)
        {
            blob.Sequence = unchecked(blob.Sequence + (int)events.VarUInt32());
            blob.CaptureThread = (long)events.VarUInt64();
            events.VarUInt32();
        }

        if (blob.Metadata != 0)
            blob.Sequence = unchecked(blob.Sequence + 1);
        if ((flags & 0x04) != 0)
            blob.Thread = (long)events.VarUInt64();
        if ((flags & 0x08) != 0)
            blob.Stack = (int)events.VarUInt32();
        blob.Timestamp = unchecked(blob.Timestamp + (long)events.VarUInt64());
        if ((flags & 0x10) != 0)
            events.Take(16);
        if ((flags & 0x20) != 0)
            events.Take(16);
        if ((flags & 0x80) != 0)
            blob.PayloadBytes = (int)events.VarUInt32();
        blob.HasSequence = blob.Metadata != 0;
        return events.Take(blob.PayloadBytes);
    }

    private static ReadOnlySpan<byte> ReadUncompressed(ref ByteCursor events, ref Blob blob)
    {
        events.Int32();
        blob.Metadata = events.Int32() & int.MaxValue;
        blob.Sequence = events.Int32();
        blob.Thread = events.Int64();
        blob.CaptureThread = events.Int64();
        events.Int32();
        blob.Stack = events.Int32();
        blob.Timestamp = events.Int64();
        events.Take(32);
        blob.PayloadBytes = events.Int32();
        blob.HasSequence = blob.Metadata != 0;
        var payload = events.Take(blob.PayloadBytes);
        events.Align4();
        return payload;
    }

    private struct Blob
    {
        public int Metadata;
        public int Sequence;
        public bool HasSequence;
        public long Thread;
        public long CaptureThread;
        public int Stack;
        public long Timestamp;
        public int PayloadBytes;
    }
}
