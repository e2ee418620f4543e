using System.Text;
using System.Text.RegularExpressions;

using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests;

namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>A stack trace or an exception's type and text in a response: a map of the inside for whoever asks.</summary>
internal sealed partial class ExceptionDetailsInResponse : IResponseRule
{
    // Every part of the expressions is bounded or atomic, so a long text without an end is read once and not in every way there is to
    // split it. The timeout only guards that: it counts time on the clock, and on a busy machine a fifth of a second passes in any match.
    private const int TimeoutMilliseconds = 5_000;

    public static PitfallRule Rule { get; } = new(3007, nameof(ExceptionDetailsInResponse), "Exception details in a response",
        PitfallSeverity.Warning, PitfallSeverity.Error,
        "Log the exception and answer with problem details: app.UseExceptionHandler() with builder.Services.AddProblemDetails().");

    public void Observe(ObservedResponse response, IPitfallReporter reporter)
    {
        if (response.IsDeveloperPage || response.Body.IsEmpty || !MayHoldDetails(response.Body.Span))
            return;
        var text = Encoding.UTF8.GetString(response.Body.Span);
        var frame = StackFrame().Match(text);
        var exception = ExceptionText().Match(text);
        if (!frame.Success && !exception.Success)
            return;
        if (OpenApi.IsDocument(response.Body.Span))
            return;

        var what = frame.Success ? "a .NET stack trace" : "the type and text of a .NET exception";
        reporter.Report(Rule, new Occurrence
        {
            Message = $"{response.Route} sent {what} to the client with status {response.Status}.",
            Subject = response.Route,
            Route = response.Route,
            Location = response.Endpoint.Location,
            Evidence = Evidence.Of(
                ("status", response.Status),
                ("kind", frame.Success ? "stack trace" : "exception text"),
                ("exceptionType", exception.Success ? exception.Groups["type"].Value : null)),
            TraceId = response.TraceId,
            Declared = response.Endpoint.Allowed,
            Ambient = response.Ambient,
        });
    }

    /// <summary>Two searches of bytes spare nearly every body the regular expressions.</summary>
    private static bool MayHoldDetails(ReadOnlySpan<byte> body) => body.IndexOf("Exception"u8) >= 0 || body.IndexOf(" at "u8) >= 0;

    // "   at Shop.Orders.Get(Int32 id) in /src/Orders.cs:line 7", after a line break that may be escaped (JSON) or a tag (HTML).
    [GeneratedRegex(
        @"(?:^|[\r\n]|\\r|\\n|>|"")\s{0,64}at (?:async )?(?>[\w`<>$+|\[\],&;\\]+\.[\w`<>$+|\[\],.&;\\]*)\((?:[^()\r\n""]*)\)(?: in [^\r\n""]{1,300}:line \d+|\s*(?:$|[\r\n]|\\r|\\n|<|""))",
        RegexOptions.CultureInvariant, matchTimeoutMilliseconds: TimeoutMilliseconds)]
    private static partial Regex StackFrame();

    // "System.InvalidOperationException: Sequence contains no elements"; the type may come without its namespace.
    [GeneratedRegex(@"(?<![\w.])(?<type>(?:[A-Z]\w*\.)*[A-Z]\w*Exception)(?: \(0x[0-9A-Fa-f]{8}\)| \(\d+\))?: \S", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: TimeoutMilliseconds)]
    private static partial Regex ExceptionText();
}
