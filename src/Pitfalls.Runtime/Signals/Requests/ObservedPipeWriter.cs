using System.Diagnostics;
using System.IO.Pipelines;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>The server's response writer with an observer beside it. The memory handed out is the server's own: nothing is buffered in between.</summary>
[StackTraceHidden]
internal sealed class ObservedPipeWriter(ResponseObserver observer) : PipeWriter
{
    private PipeWriter _inner = null!;
    private Memory<byte> _lent;

    public ObservedPipeWriter Around(PipeWriter inner)
    {
        _inner = inner;
        _lent = default;
        return this;
    }

    public override bool CanGetUnflushedBytes => _inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => _inner.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => _lent = _inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        // Read before the server gets it: afterwards the memory is no longer ours to look at.
        if (bytes > 0 && bytes <= _lent.Length)
        {
            observer.OnWrite(_lent.Span[..bytes]);
            _lent = _lent[bytes..];
        }

        _inner.Advance(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        _lent = default;
        return _inner.FlushAsync(cancellationToken);
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        _lent = default;
        observer.OnWrite(source.Span);
        return _inner.WriteAsync(source, cancellationToken);
    }

    public override void CancelPendingFlush() => _inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        _lent = default;
        _inner.Complete(exception);
    }

    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        _lent = default;
        return _inner.CompleteAsync(exception);
    }

    [Obsolete("The base class has declared it obsolete; it is passed on for those who still call it.")]
    public override void OnReaderCompleted(Action<Exception?, object?> callback, object? state) => _inner.OnReaderCompleted(callback, state);

    // The base class's AsStream keeps the inner one open by the flag given, and its writes come back through this writer.
}
