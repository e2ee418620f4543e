using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>The server's response stream with an observer beside it. Every call goes through as it came; results and exceptions are the server's.</summary>
/// <remarks>Hidden in stack traces, like all that stands in the app's way to the server: what an app logs or shows of an exception reads as without us.</remarks>
[StackTraceHidden]
internal sealed class ObservedStream(ResponseObserver observer) : Stream
{
    private Stream _inner = Null;

    public ObservedStream Around(Stream inner)
    {
        _inner = inner;
        return this;
    }

    public override bool CanRead => _inner.CanRead;

    public override bool CanSeek => _inner.CanSeek;

    public override bool CanWrite => _inner.CanWrite;

    public override bool CanTimeout => _inner.CanTimeout;

    public override long Length => _inner.Length;

    public override long Position
    {
        get => _inner.Position;
        set => _inner.Position = value;
    }

    public override int ReadTimeout
    {
        get => _inner.ReadTimeout;
        set => _inner.ReadTimeout = value;
    }

    public override int WriteTimeout
    {
        get => _inner.WriteTimeout;
        set => _inner.WriteTimeout = value;
    }

    public override void Flush() => _inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => _inner.Read(buffer, offset, count);

    public override int Read(Span<byte> buffer) => _inner.Read(buffer);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        _inner.ReadAsync(buffer, offset, count, cancellationToken);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _inner.ReadAsync(buffer, cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => _inner.Seek(offset, origin);

    public override void SetLength(long value) => _inner.SetLength(value);

    public override void Write(byte[] buffer, int offset, int count)
    {
        // Arguments are the server's to check: an odd call is passed on, unobserved, to fail where it would have failed.
        if (buffer is not null && offset >= 0 && count >= 0 && count <= buffer.Length - offset)
            observer.OnWrite(buffer.AsSpan(offset, count));
        _inner.Write(buffer!, offset, count);
        observer.OnSynchronousWrite();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        observer.OnWrite(buffer);
        _inner.Write(buffer);
        observer.OnSynchronousWrite();
    }

    public override void WriteByte(byte value)
    {
        observer.OnWrite(new ReadOnlySpan<byte>(in value));
        _inner.WriteByte(value);
        observer.OnSynchronousWrite();
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        if (buffer is not null && offset >= 0 && count >= 0 && count <= buffer.Length - offset)
            observer.OnWrite(buffer.AsSpan(offset, count));
        return _inner.WriteAsync(buffer!, offset, count, cancellationToken);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        observer.OnWrite(buffer.Span);
        return _inner.WriteAsync(buffer, cancellationToken);
    }

    public override IAsyncResult BeginWrite(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state)
    {
        if (buffer is not null && offset >= 0 && count >= 0 && count <= buffer.Length - offset)
            observer.OnWrite(buffer.AsSpan(offset, count));
        return _inner.BeginWrite(buffer!, offset, count, callback, state);
    }

    public override void EndWrite(IAsyncResult asyncResult) => _inner.EndWrite(asyncResult);

    public override IAsyncResult BeginRead(byte[] buffer, int offset, int count, AsyncCallback? callback, object? state) =>
        _inner.BeginRead(buffer, offset, count, callback, state);

    public override int EndRead(IAsyncResult asyncResult) => _inner.EndRead(asyncResult);

    // Only passed on: this object itself is used again with the connection's next request.
    public override void Close() => _inner.Close();

    [SuppressMessage("Usage", "CA2215", Justification = "it is the server's stream that ends here, not this one")]
    public override ValueTask DisposeAsync() => _inner.DisposeAsync();
}
