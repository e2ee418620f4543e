using System.Buffers.Binary;

using CsCheck;

using Pitfalls.Runtime.Signals.Blocking;
using Pitfalls.Runtime.Signals.Blocking.EventPipe;

namespace Pitfalls.Runtime.Tests.Signals.Blocking.EventPipe;

/// <summary>
/// Whatever the bytes: an end in one of three exceptions, within the bytes there are, in bounded memory, and never a stack from a damaged block. The streams
/// that are changed here are this runtime's own.
/// </summary>
public class NettraceReaderTests
{
    private const int Rounds = 3000;
    private const long MostMemory = 64 * 1024 * 1024;

    private static readonly int[] s_numbers = [int.MaxValue, int.MinValue, -1, 0, 1, 16 * 1024 * 1024, 1 << 20];

    private static readonly Lazy<byte[]> s_real = new(Record);

    [Fact]
    public void Reads_the_waits_and_stacks_of_this_runtime()
    {
        var sink = Read(s_real.Value, out var failure);

        Assert.Null(failure);
        Assert.True(sink.Waits > 0, "no wait was read");
        Assert.True(sink.Events.Events > 0);
    }

    [Fact]
    public void Random_bytes_never_throw_out() => Gen.Byte.Array[0, 4000].Sample(bytes => { Survives(bytes); }, iter: Rounds);

    [Fact]
    public void Random_bytes_behind_a_good_head_never_throw_out() =>
        Gen.Select(Gen.Byte.Array[0, 4000], Gen.Int[0, 400]).Sample((bytes, head) => Survives([.. s_real.Value.AsSpan(0, Math.Min(head, s_real.Value.Length)), .. bytes]), iter: Rounds);

    [Fact]
    public void A_stream_that_breaks_off_anywhere_never_throws_out() =>
        Gen.Int[0, s_real.Value.Length - 1].Sample(length => Assert.NotNull(Survives(s_real.Value[..length])), iter: Rounds);

    [Fact]
    public void A_stream_with_changed_bytes_never_throws_out() =>
        Gen.Select(Gen.Int[0, s_real.Value.Length - 1], Gen.Byte).Array[1, 12].Sample(changes =>
        {
            var bytes = (byte[])s_real.Value.Clone();
            foreach (var (at, value) in changes)
                bytes[at] = value;
            Survives(bytes);
        }, iter: Rounds);

    [Fact]
    public void A_stream_with_huge_numbers_in_it_never_throws_out() =>
        Gen.Select(Gen.Int[0, s_real.Value.Length - 4], Gen.Int[0, s_numbers.Length - 1].Select(i => s_numbers[i])).Array[1, 6].Sample(changes =>
        {
            var bytes = (byte[])s_real.Value.Clone();
            foreach (var (at, value) in changes)
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), value);
            Survives(bytes);
        }, iter: Rounds);

    [Fact]
    public void A_stream_with_pieces_moved_and_repeated_never_throws_out() =>
        Gen.Select(Gen.Int[0, s_real.Value.Length - 1], Gen.Int[0, s_real.Value.Length - 1], Gen.Int[1, 2000]).Array[1, 5].Sample(moves =>
        {
            var bytes = (byte[])s_real.Value.Clone();
            foreach (var (from, to, length) in moves)
            {
                var count = Math.Min(length, bytes.Length - Math.Max(from, to));
                bytes.AsSpan(from, count).CopyTo(bytes.AsSpan(to));
            }

            Survives(bytes);
        }, iter: Rounds);

    [Theory]
    [InlineData("StackBlock", "01000000 01000000 07000000 11111111111111")]
    [InlineData("StackBlock", "01000000 01000000 00080000")]
    [InlineData("StackBlock", "01000000 02000000 08000000 1111111111111111")]
    [InlineData("StackBlock", "01000000 01000000 FFFFFFFF")]
    [InlineData("EventBlock", "00000000")]
    [InlineData("EventBlock", "FFFF0000")]
    [InlineData("MetadataBlock", "14000100 0000000000000000 0000000000000000 FF")]
    public void A_damaged_block_ends_the_stream_before_anything_of_it_is_believed(string kind, string block)
    {
        var failure = Assert.Throws<InvalidDataException>(() => new NettraceReader(new MemoryStream(Stream(kind, Convert.FromHexString(block.Replace(" ", "")))), new Unwanted()).Run());

        Assert.DoesNotContain("\0", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_block_is_passed_over() =>
        new NettraceReader(new MemoryStream([.. Stream("FutureBlock", [1, 2, 3]), 1]), new Unwanted()).Run();

    [Fact]
    public void Stacks_without_end_do_not_fill_the_memory()
    {
        var block = new byte[8 + (4 * 100_000)];
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(4), 100_000);
        using var stream = new MemoryStream();
        stream.Write(Head());
        for (var i = 0; i < 30; i++)
            stream.Write(Object("StackBlock", block, (int)stream.Length));
        stream.WriteByte(1);
        stream.Position = 0;

        var before = GC.GetAllocatedBytesForCurrentThread();
        new NettraceReader(stream, new Unwanted()).Run();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostMemory);
    }

    /// <summary>The failure it ended with, if any.</summary>
    private static Exception? Survives(byte[] bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Read(bytes, out var failure);
        var used = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(failure is null or InvalidDataException or IOException, failure?.ToString());
        Assert.True(used < MostMemory, $"{used:N0} bytes for {bytes.Length:N0}");
        return failure;
    }

    private static Listener Read(byte[] bytes, out Exception? failure)
    {
        var listener = new Listener();
        failure = null;
        // A stream that reads back and forth would not be noticed on its own: this one can only be read once.
        using var once = new Once(bytes);
        try
        {
            new NettraceReader(once, listener.Events).Run();
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        return listener;
    }

    /// <summary>A session on this process while a thread waits a few times.</summary>
    private static byte[] Record()
    {
        using var session = EventPipeSession.Open(WaitEvents.Provider);
        var bytes = new MemoryStream();
        var reader = new Thread(() => session.Stream.CopyTo(bytes));
        reader.Start();
        using var never = new AutoResetEvent(false);
        for (var i = 0; i < 20; i++)
            never.WaitOne(2);
        session.RequestStop();
        reader.Join();
        return bytes.ToArray();
    }

    private static byte[] Stream(string kind, byte[] block)
    {
        var head = Head();
        return [.. head, .. Object(kind, block, head.Length)];
    }

    private static byte[] Head() => [.. "Nettrace"u8, 20, 0, 0, 0, .. "!FastSerialization.1"u8];

    private static byte[] Object(string kind, byte[] block, int at)
    {
        var bytes = new List<byte> { 5, 5, 1 };
        bytes.AddRange(BitConverter.GetBytes(2));
        bytes.AddRange(BitConverter.GetBytes(0));
        bytes.AddRange(BitConverter.GetBytes(kind.Length));
        bytes.AddRange(System.Text.Encoding.UTF8.GetBytes(kind));
        bytes.Add(6);
        bytes.AddRange(BitConverter.GetBytes(block.Length));
        while ((at + bytes.Count) % 4 != 0)
            bytes.Add(0);
        bytes.AddRange(block);
        bytes.Add(6);
        return [.. bytes];
    }

    private sealed class Once(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override long Seek(long offset, SeekOrigin loc) => throw new NotSupportedException();
    }

    private sealed class Listener : IWaitListener
    {
        public Listener() => Events = new WaitEvents(new WaitPairing(), this);

        public WaitEvents Events { get; }

        public int Waits { get; private set; }

        public void OnWait(FinishedWait wait) => Waits++;

        public void OnPoolAdjusted(int threads, int reason)
        {
        }

        public void OnLost(long count)
        {
        }

        public void OnCaughtUp(long events)
        {
        }
    }

    private sealed class Unwanted : INettraceSink
    {
        public void OnStream(long ticksPerSecond, int processId, int pointerBytes)
        {
        }

        public int KindOf(string provider, int eventId) => throw new InvalidOperationException("nothing here is announced");

        public void OnEvent(in NettraceEvent happened) => throw new InvalidOperationException("nothing here is to be believed");

        public void OnLost(long count)
        {
        }

        public void OnBlockEnd()
        {
        }
    }
}
