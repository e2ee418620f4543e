using System.IO.Pipelines;

using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Pitfalls.Runtime.IntegrationTests.Harmlessness;

/// <summary>
/// A server without a network that keeps context and features for the next request, as Kestrel does for a connection: what the
/// pipeline allocates for a request then shows to the byte, on the caller's thread.
/// </summary>
internal sealed class ReusingServer : IServer
{
    private Func<string, Task>? _process;

    public IFeatureCollection Features { get; } = new FeatureCollection();

    /// <summary>One request through the whole pipeline. It must complete at once: its allocations are this thread's.</summary>
    public int Process(string path)
    {
        var task = _process!(path);
        Assert.True(task.IsCompleted, "the request did not complete on this thread");
        task.GetAwaiter().GetResult();
        return LastStatus;
    }

    public int LastStatus { get; private set; }

    public long LastBytes { get; private set; }

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        var connection = new Connection<TContext>();
        _process = path => ProcessAsync(application, connection, path);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
    }

    private async Task ProcessAsync<TContext>(IHttpApplication<TContext> application, Connection<TContext> connection, string path)
        where TContext : notnull
    {
        connection.Reset(path);
        var context = application.CreateContext(connection);
        try
        {
            await application.ProcessRequestAsync(context);
            await connection.CompleteAsync();
            application.DisposeContext(context, null);
        }
        catch (Exception exception)
        {
            application.DisposeContext(context, exception);
            throw;
        }

        (LastStatus, LastBytes) = (connection.Response.StatusCode, connection.Body.Written);
    }

    /// <summary>The features of a connection. The hosting layer leaves its own context here between requests.</summary>
    private sealed class Connection<TContext> : FeatureCollection, IHostContextContainer<TContext>
        where TContext : notnull
    {
        private readonly RequestFeature _request = new();

        public TContext? HostContext { get; set; }

        public ResponseFeature Response { get; } = new();

        public BodyFeature Body { get; } = new();

        public void Reset(string path)
        {
            foreach (var feature in this.Select(f => f.Key).ToArray())
                this[feature] = null;
            _request.Reset(path);
            Response.Reset();
            Body.Reset();
            Set<IHttpRequestFeature>(_request);
            Set<IHttpResponseFeature>(Response);
            Set<IHttpResponseBodyFeature>(Body);
        }

        public Task CompleteAsync() => Response.FireAsync();
    }

    private sealed class RequestFeature : IHttpRequestFeature
    {
        public string Protocol { get; set; } = "HTTP/1.1";

        public string Scheme { get; set; } = "http";

        public string Method { get; set; } = "GET";

        public string PathBase { get; set; } = "";

        public string Path { get; set; } = "/";

        public string QueryString { get; set; } = "";

        public string RawTarget { get; set; } = "/";

        public IHeaderDictionary Headers { get; set; } = new HeaderDictionary { ["Host"] = "localhost" };

        public Stream Body { get; set; } = Stream.Null;

        public void Reset(string path) => (Path, RawTarget, Method, PathBase) = (path, path, "GET", "");
    }

    private sealed class ResponseFeature : IHttpResponseFeature
    {
        private readonly Stack<(Func<object, Task> Callback, object State)> _starting = new();
        private readonly Stack<(Func<object, Task> Callback, object State)> _completed = new();

        public int StatusCode { get; set; } = 200;

        public string? ReasonPhrase { get; set; }

        public IHeaderDictionary Headers { get; set; } = new HeaderDictionary();

        public Stream Body { get; set; } = Stream.Null;

        public bool HasStarted { get; private set; }

        public void OnStarting(Func<object, Task> callback, object state) => _starting.Push((callback, state));

        public void OnCompleted(Func<object, Task> callback, object state) => _completed.Push((callback, state));

        public void Reset()
        {
            (StatusCode, ReasonPhrase, HasStarted) = (200, null, false);
            Headers.Clear();
            _starting.Clear();
            _completed.Clear();
        }

        public Task FireAsync()
        {
            while (_starting.TryPop(out var next))
                Assert.True(next.Callback(next.State).IsCompletedSuccessfully);
            HasStarted = true;
            while (_completed.TryPop(out var next))
                Assert.True(next.Callback(next.State).IsCompletedSuccessfully);
            return Task.CompletedTask;
        }
    }

    private sealed class BodyFeature : IHttpResponseBodyFeature
    {
        private readonly CountingStream _stream;

        public BodyFeature()
        {
            _stream = new CountingStream();
            Writer = new CountingWriter(_stream);
        }

        public Stream Stream => _stream;

        public PipeWriter Writer { get; }

        public long Written => _stream.Bytes;

        public void Reset() => _stream.Bytes = 0;

        public void DisableBuffering()
        {
        }

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task CompleteAsync() => Task.CompletedTask;

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }

    private sealed class CountingStream : Stream
    {
        public long Bytes { get; set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => Bytes += count;

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            Bytes += count;
            return Task.CompletedTask;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Bytes += buffer.Length;
            return default;
        }
    }

    /// <summary>One buffer for ever.</summary>
    private sealed class CountingWriter(CountingStream stream) : PipeWriter
    {
        private readonly byte[] _buffer = new byte[64 * 1024];

        public override bool CanGetUnflushedBytes => true;

        public override long UnflushedBytes => 0;

        public override Memory<byte> GetMemory(int sizeHint = 0) => _buffer;

        public override Span<byte> GetSpan(int sizeHint = 0) => _buffer;

        public override void Advance(int bytes) => stream.Bytes += bytes;

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
