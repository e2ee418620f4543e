using System.Diagnostics;
using System.IO.Pipelines;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>
/// Stands in for the server's response body feature and looks at what passes through: never holding, delaying or changing it.
/// </summary>
/// <remarks>
/// One per <see cref="HttpContext"/> and used again with it: Kestrel keeps the context, like its own streams, for the next request
/// of the connection, so a request that is not looked at costs no memory. Once the endpoint is known and not due, the app gets
/// the server's own stream and writer.
/// </remarks>
[StackTraceHidden]
internal sealed class ResponseObserver(ResponseSignal signal) : IHttpResponseBodyFeature
{
    private static readonly Func<object, Task> s_completed = static state =>
    {
        ((ResponseObserver)state).End();
        return Task.CompletedTask;
    };

    private static readonly Func<object, Task> s_starting = static state =>
    {
        ((ResponseObserver)state).Start();
        return Task.CompletedTask;
    };

    private HttpContext? _context;
    private IHttpResponseBodyFeature _inner = null!;
    private Look _look;
    private Stream? _streamGiven;
    private PipeWriter? _writerGiven;
    private ObservedStream? _stream;
    private ObservedPipeWriter? _writer;
    private ResponseNotes _notes;
    private RequestScope? _scope;

    private enum Look
    {
        Undecided,
        Yes,
        No,
    }

    public Stream Stream => _streamGiven ??= LooksAway() ? _inner.Stream : (_stream ??= new ObservedStream(this)).Around(_inner.Stream);

    public PipeWriter Writer => _writerGiven ??= LooksAway() ? _inner.Writer : (_writer ??= new ObservedPipeWriter(this)).Around(_inner.Writer);

    public void DisableBuffering() => _inner.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default) => _inner.StartAsync(cancellationToken);

    public Task CompleteAsync() => _inner.CompleteAsync();

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default)
    {
        _notes.SentFile = true;
        return _inner.SendFileAsync(path, offset, count, cancellationToken);
    }

    /// <summary>Takes its place for one request.</summary>
    public void Begin(HttpContext context, IHttpResponseBodyFeature inner, RequestScope? scope)
    {
        _scope = scope;
        _context = context;
        _inner = inner;
        _look = Look.Undecided;
        _streamGiven = null;
        _writerGiven = null;
        _notes.Clear();
        context.Features.Set<IHttpResponseBodyFeature>(this);
        // Middleware that stands before us may have sent the headers by now: then there is nothing left to look at, and asking would throw.
        if (!context.Response.HasStarted)
            context.Response.OnStarting(s_starting, this);
        context.Response.OnCompleted(s_completed, this);
    }

    /// <summary>Bytes on their way to the server.</summary>
    public void OnWrite(ReadOnlySpan<byte> bytes)
    {
        if (_look == Look.No || bytes.IsEmpty || _context is not { } context)
            return;
        try
        {
            if (_look == Look.Undecided && !Decide(context))
                return;
            signal.OnWrite(context, bytes, ref _notes);
        }
        catch (Exception exception)
        {
            _look = Look.No;
            signal.Fault(exception);
        }
    }

    /// <summary>The server has taken bytes from a call that held the thread.</summary>
    public void OnSynchronousWrite()
    {
        if (_scope is { } scope)
            signal.OnSynchronousWrite(scope);
    }

    /// <summary>Whether this response is known not to be looked at: then the app may have the server's own objects.</summary>
    private bool LooksAway()
    {
        try
        {
            // Before routing nobody knows the endpoint: the decision waits for the first write.
            if (_look == Look.Undecided && _context is { } context && context.GetEndpoint() is not null)
                Decide(context);
        }
        catch (Exception exception)
        {
            _look = Look.No;
            signal.Fault(exception);
        }

        return _look == Look.No;
    }

    private bool Decide(HttpContext context)
    {
        var yes = signal.IsDue(context);
        _look = yes ? Look.Yes : Look.No;
        return yes;
    }

    /// <summary>The last look at what the app wanted to send: after this Kestrel may turn a Content-Length without a body into a 500.</summary>
    private void Start()
    {
        try
        {
            if (_context is { } context)
                ResponseSignal.OnStarting(context, ref _notes);
        }
        catch (Exception exception)
        {
            signal.Fault(exception);
        }
    }

    private void End()
    {
        if (_context is not { } context)
            return;
        _context = null;
        try
        {
            if (_look != Look.No)
                signal.OnCompleted(context, ref _notes, _scope?.Sent, decided: _look == Look.Yes);
        }
        catch (Exception exception)
        {
            signal.Fault(exception);
        }
        finally
        {
            _notes.Clear();
            signal.End(context, _scope);
            _scope = null;
        }
    }
}
