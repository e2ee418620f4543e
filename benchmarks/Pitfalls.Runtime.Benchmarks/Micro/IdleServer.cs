using System.IO.Pipelines;

using Microsoft.AspNetCore.Http.Features;

namespace Pitfalls.Runtime.Benchmarks.Micro;

/// <summary>As much of a server as a response needs, with one context that is used again for every request, as Kestrel's is.</summary>
internal sealed class IdleServer(Endpoint endpoint) : HttpResponseFeature, IHttpResponseBodyFeature
{
    private readonly FeatureCollection _features = [];
    private readonly HttpRequestFeature _request = new();
    private readonly EndpointHolder _endpoint = new() { Endpoint = endpoint };
    private readonly IdleWriter _writer = new();
    private DefaultHttpContext? _context;
    private Func<object, Task>? _starting;
    private object? _startingState;
    private Func<object, Task>? _completed;
    private object? _completedState;

    public Stream Stream => Stream.Null;

    public PipeWriter Writer => _writer;

    public void Handle(RequestDelegate request)
    {
        _features.Set<IHttpRequestFeature>(_request);
        _features.Set<IHttpResponseFeature>(this);
        _features.Set<IHttpResponseBodyFeature>(this);
        _features.Set<IEndpointFeature>(_endpoint);
        (_context ??= new DefaultHttpContext()).Initialize(_features);
        StatusCode = 200;
        (_starting, _completed) = (null, null);
        request(_context).GetAwaiter().GetResult();
        _starting?.Invoke(_startingState!).GetAwaiter().GetResult();
        _completed?.Invoke(_completedState!).GetAwaiter().GetResult();
    }

    public override void OnStarting(Func<object, Task> callback, object state) => (_starting, _startingState) = (callback, state);

    public override void OnCompleted(Func<object, Task> callback, object state) => (_completed, _completedState) = (callback, state);

    public void DisableBuffering()
    {
    }

    public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task CompleteAsync() => Task.CompletedTask;

    private sealed class EndpointHolder : IEndpointFeature
    {
        public Endpoint? Endpoint { get; set; }
    }

    private sealed class IdleWriter : PipeWriter
    {
        private readonly byte[] _memory = new byte[64 * 1024];

        public override void Advance(int bytes)
        {
        }

        public override Memory<byte> GetMemory(int sizeHint = 0) => _memory;

        public override Span<byte> GetSpan(int sizeHint = 0) => _memory;

        public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
        {
            source.Span.CopyTo(_memory);
            return default;
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
