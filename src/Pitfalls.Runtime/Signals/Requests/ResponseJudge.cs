using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>Takes responses off the request and shows them to the rules, on a thread of its own.</summary>
internal sealed class ResponseJudge : ISignal, IDisposable
{
    public const int Capacity = 4096;

    /// <summary>What the waiting copies may hold together. Small bodies may wait in thousands while the judge warms up, large ones may not.</summary>
    public const int MaxWaitingBytes = 16 * 1024 * 1024;

    private static readonly TimeSpan s_linger = TimeSpan.FromMilliseconds(20);

    private readonly RuleRunner<IResponseRule> _rules;
    private readonly DetectorGuard _guard;
    private readonly bool _isDevelopment;
    private readonly Drops _drops;
    private readonly BoundedWorker<RawResponse> _worker;
    private long _waitingBytes;

    public ResponseJudge(RuleSet rules, IPitfallReporter reporter, DetectorGuard guard, PitfallMeter meter, Drops drops, HostFacts host)
    {
        _rules = new RuleRunner<IResponseRule>(rules, reporter, guard, meter);
        _guard = guard;
        _drops = drops;
        _isDevelopment = host.IsDevelopment;
        _worker = new BoundedWorker<RawResponse>("Pitfalls responses", Capacity, s_linger, Judge, reason => drops.Add(ResponseSignal.Name, reason));
    }

    public void Post(RawResponse response)
    {
        var bytes = response.Copy?.Bytes.Length ?? 0;
        var fits = Interlocked.Add(ref _waitingBytes, bytes) <= MaxWaitingBytes;
        if (!fits)
            _drops.Add(ResponseSignal.Name, "queue_full");
        if (fits && _worker.TryPost(response))
            return;
        Interlocked.Add(ref _waitingBytes, -bytes);
        response.Copy?.Dispose();
    }

    public void Start()
    {
        // The worker's thread starts with the first response.
    }

    public Task DrainAsync() => _worker.DrainAsync();

    public void Dispose() => _worker.Dispose();

    private void Judge(RawResponse raw)
    {
        Interlocked.Add(ref _waitingBytes, -(raw.Copy?.Bytes.Length ?? 0));
        try
        {
            // The copy's memory goes back to the pool with the end of this block: rules look, and keep nothing.
            using var copy = raw.Copy;
            if (Read(raw, copy) is { } response)
                _rules.Run(response, static (rule, response, reporter) => rule.Observe(response, reporter));
        }
        catch (Exception exception)
        {
            _guard.Fault(ResponseSignal.Name, exception);
        }
    }

    private ObservedResponse? Read(RawResponse raw, BodyCopy? copy)
    {
        if (raw.WasAborted || raw.Endpoint.IsOurs)
            return null;
        var (mediaType, charset) = MediaTypes.Parse(raw.ContentType);
        ReadOnlyMemory<byte> body = default;
        var isTruncated = raw.BytesWritten > BodyCopy.MaxBytes;
        // The media type may have changed after the first write, before the headers went out.
        if (copy is not null && MediaTypes.IsWorthACopy(raw.ContentType)
            && BodyText.Read(copy.Bytes, isTruncated, raw.ContentEncoding, charset) is { } text)
            (body, isTruncated) = (text.Text, text.IsTruncated);

        return new ObservedResponse
        {
            Endpoint = raw.Endpoint,
            Method = raw.Method,
            Status = raw.Status,
            MediaType = mediaType,
            Announced = raw.Announced,
            BytesWritten = raw.BytesWritten,
            Body = body,
            IsTruncated = isTruncated,
            BodyRefusedOn = raw.BodyRefusedOn,
            Writer = raw.Writer,
            // It shows bad requests too, with their 4xx: in Development a parameter that cannot be bound is an exception.
            IsDeveloperPage = _isDevelopment && raw.Status >= 400 && DeveloperPage.Made(body.Span),
            TraceId = raw.TraceId,
            Ambient = raw.Ambient,
            EchoedSite = raw.EchoedSite,
            Sent = raw.Sent,
        };
    }
}
