using System.Diagnostics;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Requests.Uploads;

/// <summary>Notes what requests with files bring and what becomes of it, and hands it to the judge. One per host.</summary>
[StackTraceHidden]
internal sealed class UploadSignal(EndpointBook endpoints, UploadJudge judge, UserFrames frames, DetectorGuard guard)
{
    public const string Name = "uploads";

    private static readonly Func<object, Task> s_completed = static state =>
    {
        ((UploadObserver)state).End();
        return Task.CompletedTask;
    };

    public void Begin(HttpContext context)
    {
        // One header decides. Every other request is done with here.
        if (context.Request.ContentType is not { } type || !IsWatched(type))
            return;
        try
        {
            var request = context.Request;
            // A compressed body shows nothing; a pipeline that runs our filter twice needs one pair of eyes.
            if (guard.IsOff(Name) || !judge.IsWanted || request.Headers.ContentEncoding.Count > 0 || request.Body is ObservedRequestBody || ScanFor(type) is not { } scan)
                return;
            var observer = new UploadObserver(this, context, scan, FileClock.Now());
            // Behind ours, the response's: whoever waits for that has ours, too.
            context.Response.OnCompleted(s_completed, observer);
            request.Body = new ObservedRequestBody(request.Body, observer);
            // One that is there by now is ours as well, or somebody's own.
            if (scan is MultipartScan && context.Features.Get<IFormFeature>() is null or ObservedForm)
                context.Features.Set<IFormFeature>(new UploadForm(context, context.Features.Get<IFormFeature>(), observer));
        }
        catch (Exception exception)
        {
            Fault(exception);
        }
    }

    public void End(HttpContext context, UploadObserver observer)
    {
        if (observer.Scan.Files is not { Count: > 0 } files)
            return;
        var activity = context.Features.Get<IHttpActivityFeature>()?.Activity;
        judge.Post(new RawUpload
        {
            Endpoint = endpoints.For(context.GetEndpoint(), context),
            Method = HttpMethodNames.Known(context.Request.Method),
            Status = context.Response.StatusCode,
            ResponseType = context.Response.ContentType,
            BodyType = observer.Scan is RawScan ? context.Request.ContentType : null,
            Files = files,
            FormFiles = observer.FormFiles,
            From = observer.Started,
            TraceId = activity is { IdFormat: ActivityIdFormat.W3C } ? activity.TraceId.ToHexString() : null,
            Ambient = Pitfall.InRequest(activity),
        });
    }

    /// <summary>The user's statement on this thread's stack, a few times for each endpoint.</summary>
    public PitfallLocation? Writer(HttpContext context) =>
        endpoints.For(context.GetEndpoint()).TakeStackTicket() ? frames.FirstOnThisStack() : null;

    public void Fault(Exception exception) => guard.Fault(Name, exception);

    private static bool IsWatched(string type) =>
        type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) || type.StartsWith("image/", StringComparison.OrdinalIgnoreCase);

    private static IBodyScan? ScanFor(string type)
    {
        if (!type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
            return new RawScan();
        return MediaTypeHeaderValue.TryParse(type, out var parsed)
            && HeaderUtilities.RemoveQuotes(parsed.Boundary).Value is { Length: > 0 and <= MultipartScan.MaxBoundary } boundary
            ? new MultipartScan(boundary)
            : null;
    }
}

/// <summary>An upload on its way to the judge.</summary>
internal sealed class RawUpload
{
    public required EndpointFacts Endpoint { get; init; }

    public required string Method { get; init; }

    public required int Status { get; init; }

    public string? ResponseType { get; init; }

    /// <summary>What a body that is a file by itself claims to be.</summary>
    public string? BodyType { get; init; }

    public required IReadOnlyList<ScannedFile> Files { get; init; }

    public required IReadOnlyList<FormFileNotes> FormFiles { get; init; }

    public required DateTime From { get; init; }

    public string? TraceId { get; init; }

    public Allowance? Ambient { get; init; }
}
