using System.Diagnostics;
using System.Runtime.CompilerServices;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>Decides which responses are looked at, notes what passes, and hands a copy to the judge. One per host.</summary>
internal sealed class ResponseSignal(
    LiveOptions options, EndpointBook endpoints, RequestScopes scopes, ResponseJudge judge, BodyWatch bodies, UserFrames frames, DetectorGuard guard,
    TimeProvider time, AfterFirstRequest moment)
{
    public const string Name = "responses";

    private readonly ConditionalWeakTable<HttpContext, ResponseObserver> _observers = [];
    private long _requests;
    private long _looked;
    private int _inFlight;

    public long Requests => Interlocked.Read(ref _requests);

    public long Looked => Interlocked.Read(ref _looked);

    public void Begin(HttpContext context)
    {
        try
        {
            Interlocked.Increment(ref _requests);
            if (guard.IsOff(Name) || context.Features.Get<IHttpResponseBodyFeature>() is not { } body)
                return;
            if (!_observers.TryGetValue(context, out var observer))
                observer = _observers.GetValue(context, _ => new ResponseObserver(this));
            // A pipeline that runs our filter a second time (a tenant's within the host's) must not make it stand around itself.
            if (ReferenceEquals(observer, body))
                return;
            var scope = scopes.Begin(context);
            observer.Begin(context, body, scope);
            Interlocked.Increment(ref _inFlight);
            if (scope is not null)
                bodies.Begin(context, scope);
        }
        catch (Exception exception)
        {
            Fault(exception);
        }
    }

    public bool IsDue(HttpContext context)
    {
        if (options.Current.Profile != PitfallProfile.Development && !endpoints.For(context.GetEndpoint()).IsDue(time))
            return false;
        Interlocked.Increment(ref _looked);
        return true;
    }

    public void OnWrite(HttpContext context, ReadOnlySpan<byte> bytes, ref ResponseNotes notes)
    {
        if (notes.BytesWritten == 0)
            OnFirstWrite(context, ref notes);
        notes.BytesWritten += bytes.Length;
        notes.Copy?.Append(bytes);
    }

    public void OnSynchronousWrite(RequestScope scope) => bodies.OnCall(SynchronousBody.Write, scope);

    public static void OnStarting(HttpContext context, ref ResponseNotes notes)
    {
        var response = context.Response;
        if (HasNoBody(response.StatusCode) && response.ContentLength is > 0 and var length)
            notes.Announced = (response.StatusCode, length);
    }

    public void OnCompleted(HttpContext context, ref ResponseNotes notes, SentResult? sent, bool decided)
    {
        var response = context.Response;
        var endpoint = notes.Endpoint ?? context.GetEndpoint();
        if (notes.BytesWritten == 0 && notes.Announced.Status == 0 && (notes.SentFile || !IsWorthJudgingWithoutBody(context, endpoint, sent)))
            return;
        if (!decided && !IsDue(context))
            return;
        if (notes.BytesWritten > 0 && notes.Copy is null && notes.BodyRefusedOn == 0)
            return;

        var facts = endpoints.For(endpoint, context);
        var activity = context.Features.Get<IHttpActivityFeature>()?.Activity;
        var raw = new RawResponse
        {
            Endpoint = facts,
            Method = HttpMethodNames.Known(context.Request.Method),
            Status = response.StatusCode,
            ContentType = response.ContentType,
            ContentEncoding = response.Headers.ContentEncoding.ToString(),
            Announced = notes.Announced,
            BytesWritten = notes.BytesWritten,
            BodyRefusedOn = notes.BodyRefusedOn,
            Writer = notes.Writer,
            // A client that closes once it has its answer may be gone by now, too: an answer that started did go out.
            WasAborted = notes.BytesWritten == 0 && !response.HasStarted && context.RequestAborted.IsCancellationRequested,
            TraceId = activity is { IdFormat: ActivityIdFormat.W3C } ? activity.TraceId.ToHexString() : null,
            Ambient = notes.Ambient ?? Pitfall.InRequest(activity),
            Sent = sent,
            EchoedSite = EchoedOrigin.SiteOf(context),
            Copy = notes.Copy,
        };
        notes.Copy?.Close();
        notes.Copy = null;
        judge.Post(raw);
    }

    public void End(HttpContext context, RequestScope? scope)
    {
        try
        {
            if (scope is not null)
                scopes.End(scope, context);
            moment.Answered();
        }
        catch (Exception exception)
        {
            Fault(exception);
        }

        Interlocked.Decrement(ref _inFlight);
    }

    /// <summary>Completes when no response is under way: for tests, which know their last response only from its client.</summary>
    public async Task WhenIdleAsync()
    {
        while (Volatile.Read(ref _inFlight) > 0)
            await Task.Delay(1).ConfigureAwait(false);
    }

    public void Fault(Exception exception) => guard.Fault(Name, exception);

    private void OnFirstWrite(HttpContext context, ref ResponseNotes notes)
    {
        var response = context.Response;
        notes.Endpoint = context.GetEndpoint();
        notes.Ambient = Pitfall.Ambient;
        if (MediaTypes.IsWorthACopy(response.ContentType))
            notes.Copy = new BodyCopy();
        if (!HasNoBody(response.StatusCode))
            return;
        notes.BodyRefusedOn = response.StatusCode;
        // A stack costs tens of microseconds: once for every endpoint is enough.
        if (endpoints.For(notes.Endpoint).TakeStackTicket())
            notes.Writer = frames.FirstOnThisStack();
    }

    /// <summary>
    /// Without a body three things can be wrong: one was declared, headers of one stand on a status that has none, or the status itself was not declared.
    /// </summary>
    private bool IsWorthJudgingWithoutBody(HttpContext context, Endpoint? endpoint, SentResult? sent) => context.Response.StatusCode switch
    {
        var status when sent?.Status == status && status > StatusCodes.Status200OK && endpoint is not null && endpoints.For(endpoint).Declared is { HasSuccess: true } declared && !declared.Has(status) => true,
        StatusCodes.Status200OK or StatusCodes.Status201Created => endpoint is not null && endpoints.For(endpoint).DeclaresBody,
        var status => HasNoBody(status) && context.Response.ContentType is not null,
    };

    private static bool HasNoBody(int status) =>
        status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified;
}
