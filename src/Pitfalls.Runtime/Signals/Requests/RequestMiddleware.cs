using System.Diagnostics;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests.Uploads;
using Pitfalls.Runtime.Signals.Startup;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>The outermost middleware. It awaits nothing, so a request passes without a state machine of ours.</summary>
[StackTraceHidden]
internal sealed class RequestMiddleware(RequestDelegate next, ResponseSignal responses, UploadSignal uploads, LiveOptions options, ISideDoor[] doors)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (options.Current.Profile == PitfallProfile.Off)
            return next(context);
        foreach (var door in doors)
        {
            if (door.TryHandle(context) is { } handled)
                return handled;
        }

        responses.Begin(context);
        uploads.Begin(context);
        return next(context);
    }
}

/// <summary>Answers requests that are ours and not the app's, before anything of either looks at them.</summary>
internal interface ISideDoor
{
    /// <summary>The running answer; <see langword="null"/>: not ours.</summary>
    Task? TryHandle(HttpContext context);
}

/// <summary>Places the middleware first without a call in <c>Program.cs</c>.</summary>
internal sealed class RequestStartupFilter(ResponseSignal responses, UploadSignal uploads, LiveOptions options, IEnumerable<ISideDoor> doors, Pipeline pipeline) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        // Off at start is off for good: then not even a check stands in the pipeline.
        if (options.Current.Profile != PitfallProfile.Off)
        {
            ISideDoor[] ours = [.. doors];
            app.Use(following =>
            {
                pipeline.StartsWith(following);
                return new RequestMiddleware(following, responses, uploads, options, ours).InvokeAsync;
            });
        }

        next(app);
    };
}
