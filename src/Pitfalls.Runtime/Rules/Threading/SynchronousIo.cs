using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Dependencies;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Rules.Threading;

/// <summary>A request that talks to a database, a service or its own client through a synchronous call, and holds its thread meanwhile.</summary>
internal sealed class SynchronousIo : IDependencyRule, IBodyRule
{
    public static PitfallRule Rule { get; } = new(1003, nameof(SynchronousIo), "Synchronous I/O", PitfallSeverity.Warning, PitfallSeverity.Warning,
        "Await the asynchronous counterpart: the thread serves other requests meanwhile.");

    public void Observe(in DependencyCall call, IPitfallReporter reporter)
    {
        // Without a frame of the user's a library did it by itself.
        if (call.IsSynchronous != true || call.Location is not { } location || !IsInRequest(call.Phase) || call.Kind == DependencyKind.Unknown)
            return;
        var what = call.Kind == DependencyKind.Http ? $"{call.Operation} request" : call.Table is { } table ? $"{call.Operation} on {table}" : call.Operation;
        var took = call.Duration is { } duration ? FormattableString.Invariant($" for {duration.TotalMilliseconds:N0} ms") : "";
        reporter.Report(Rule, new Occurrence
        {
            Message = $"{call.Route} held its thread{took} in a synchronous {what} ({call.System}).",
            Subject = $"{call.Function}|{call.System}",
            Fix = FixFor(call),
            Route = call.Route,
            Location = location,
            Evidence = Evidence.Of(
                ("system", call.System),
                ("operation", call.Operation),
                ("table", call.Table),
                ("milliseconds", call.Duration is { } time ? Math.Round(time.TotalMilliseconds, 1) : null)),
            TraceId = call.TraceId,
            Weight = call.Duration?.TotalMilliseconds ?? 0,
            Declared = call.Declared,
            Ambient = call.Ambient,
        });
    }

    public void Observe(SynchronousBody body, IPitfallReporter reporter) => reporter.Report(Rule, new Occurrence
    {
        Message = $"{body.Route} held its thread in {body.Call}.",
        Subject = $"{body.Function ?? body.Route}|{body.Call}",
        Fix = body.Call switch
        {
            SynchronousBody.Form => "Bind the form to a parameter, or await request.ReadFormAsync() before using it.",
            SynchronousBody.Read => "Await ReadAsync, or read through Request.BodyReader.",
            _ => "Await WriteAsync, or write through Response.BodyWriter.",
        },
        Route = body.Route,
        Location = body.Location,
        Evidence = Evidence.Of(("call", body.Call)),
        TraceId = body.TraceId,
        Declared = body.Declared,
        Ambient = body.Ambient,
    });

    private static bool IsInRequest(CallPhase phase) => phase is CallPhase.Request or CallPhase.Validation or CallPhase.HealthCheck;

    private static string FixFor(in DependencyCall call) => call switch
    {
        { Kind: DependencyKind.Http } => "Await client.SendAsync(…), GetAsync(…) or one of their like.",
        { IsEntityFramework: true, Operation: "SELECT" or "WITH" } => "Await ToListAsync(), FirstOrDefaultAsync() …, or await foreach over AsAsyncEnumerable(); for lazy loading, load with Include(…).",
        { IsEntityFramework: true, Operation: "INSERT" or "UPDATE" or "DELETE" } => "Await SaveChangesAsync(), ExecuteUpdateAsync(…) or ExecuteDeleteAsync().",
        _ => "Await the …Async counterpart: ExecuteReaderAsync, QueryAsync, SaveChangesAsync …",
    };
}
