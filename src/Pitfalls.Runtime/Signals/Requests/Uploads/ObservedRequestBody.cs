using System.Buffers;
using System.Diagnostics;

namespace Pitfalls.Runtime.Signals.Requests.Uploads;

/// <summary>The server's request body with a scan beside it: every byte is shown to it once, as it is read, and none is kept back.</summary>
[StackTraceHidden]
internal sealed class ObservedRequestBody(Stream inner, UploadObserver observer) : ReadThroughStream
{
    protected override Stream Inner => inner;

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = Inner.Read(buffer, offset, count);
        observer.OnRead(buffer.AsSpan(offset, read));
        return read;
    }

    public override int Read(Span<byte> buffer)
    {
        var read = Inner.Read(buffer);
        observer.OnRead(buffer[..read]);
        return read;
    }

    public override int ReadByte()
    {
        var read = Inner.ReadByte();
        if (read >= 0)
            observer.OnRead([(byte)read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        var reading = Inner.ReadAsync(buffer, offset, count, cancellationToken);
        return reading.IsCompletedSuccessfully ? Seen(reading) : SeenLater(reading);

        Task<int> Seen(Task<int> read)
        {
            observer.OnRead(buffer.AsSpan(offset, read.Result));
            return read;
        }

        async Task<int> SeenLater(Task<int> read)
        {
            var count = await read.ConfigureAwait(false);
            observer.OnRead(buffer.AsSpan(offset, count));
            return count;
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = Inner.ReadAsync(buffer, cancellationToken);
        if (!reading.IsCompletedSuccessfully)
            return SeenLater(reading);
        var read = reading.Result;
        observer.OnRead(buffer.Span[..read]);
        return new ValueTask<int>(read);

        async ValueTask<int> SeenLater(ValueTask<int> reading)
        {
            var read = await reading.ConfigureAwait(false);
            observer.OnRead(buffer.Span[..read]);
            return read;
        }
    }

    // The server's own do the same: the task behind them is the one above.
    public override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        TaskToAsyncResult.Begin(ReadAsync(buffer, offset, count, CancellationToken.None), callback, state);

    public override int EndRead(IAsyncResult asyncResult) => TaskToAsyncResult.End<int>(asyncResult);

    // The server may copy past Read: then the copy goes by way of ours.
    public override void CopyTo(Stream destination, int bufferSize)
    {
        ValidateCopyToArguments(destination, bufferSize);
        var buffer = ArrayPool<byte>.Shared.Rent(bufferSize);
        try
        {
            while (Read(buffer, 0, buffer.Length) is > 0 and var read)
                destination.Write(buffer, 0, read);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        ValidateCopyToArguments(destination, bufferSize);
        return CopyAsync(destination, bufferSize, cancellationToken);
    }

    private async Task CopyAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(bufferSize);
        try
        {
            while (await ReadAsync(new Memory<byte>(buffer), cancellationToken).ConfigureAwait(false) is > 0 and var read)
                await destination.WriteAsync(new ReadOnlyMemory<byte>(buffer, 0, read), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }
}
