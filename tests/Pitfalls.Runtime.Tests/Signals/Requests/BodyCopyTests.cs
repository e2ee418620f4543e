using System.Buffers;

using CsCheck;

using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Tests.Signals.Requests;

public class BodyCopyTests
{
    [Fact]
    public void It_is_the_beginning_of_what_passed() => Gen.Byte.Array[0, 9000].Array[0, 30].Sample(pieces =>
    {
        using var copy = new BodyCopy();
        foreach (var piece in pieces)
            copy.Append(piece);

        var all = pieces.SelectMany(p => p).Take(BodyCopy.MaxBytes).ToArray();
        Assert.Equal(all, copy.Bytes.ToArray());
        Assert.Equal(all.Length == BodyCopy.MaxBytes, copy.IsFull);
    });

    [Fact]
    public void It_never_holds_more_than_its_bound()
    {
        using var copy = new BodyCopy();
        for (var i = 0; i < 1000; i++)
            copy.Append(new byte[10_000]);

        Assert.Equal(BodyCopy.MaxBytes, copy.Bytes.Length);
    }

    [Fact]
    public void Closed_or_disposed_it_takes_nothing_more()
    {
        var copy = new BodyCopy();
        copy.Append("before"u8);
        copy.Close();
        copy.Append("after"u8);
        Assert.Equal("before"u8.ToArray(), copy.Bytes.ToArray());

        copy.Dispose();
        copy.Append("after"u8);
        copy.Dispose();
        Assert.True(copy.Bytes.IsEmpty);
    }

    [Fact]
    public void What_goes_back_to_the_pool_holds_nothing_of_the_body()
    {
        // Filled right up: whoever rents the array next must not see a byte of it.
        var marked = Enumerable.Repeat((byte)0xC5, BodyCopy.MaxBytes).ToArray();
        for (var i = 0; i < 50; i++)
        {
            using (var copy = new BodyCopy())
            {
                foreach (var piece in marked.Chunk(7_001))
                    copy.Append(piece);
            }

            foreach (var size in new[] { 2048, 8192, 16384, 32768, 65536 })
            {
                var rented = ArrayPool<byte>.Shared.Rent(size);
                // A run of it: single bytes of that value may be anybody's.
                Assert.Equal(-1, rented.AsSpan().IndexOf(marked.AsSpan(0, 32)));
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    [Fact]
    public async Task A_write_that_comes_too_late_never_touches_memory_of_somebody_else()
    {
        for (var round = 0; round < 200; round++)
        {
            var copy = new BodyCopy();
            using var go = new ManualResetEventSlim();
            var late = Task.Run(() =>
            {
                go.Wait();
                for (var i = 0; i < 200; i++)
                    copy.Append("late late late"u8);
            });
            copy.Append("in time"u8);
            go.Set();
            copy.Dispose();
            // The array may be ours again by now: the late writer has lost its claim to it.
            var rented = ArrayPool<byte>.Shared.Rent(2048);
            rented.AsSpan().Fill(7);
            await late;
            Assert.True(rented.AsSpan().IndexOfAnyExcept((byte)7) < 0);
            ArrayPool<byte>.Shared.Return(rented);
            Assert.True(copy.Bytes.IsEmpty);
        }
    }
}
