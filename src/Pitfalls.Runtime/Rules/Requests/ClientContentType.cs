using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests.Uploads;

namespace Pitfalls.Runtime.Rules.Requests;

/// <summary>An upload was accepted whose type or extension, as the client claims them, is not what its first bytes are.</summary>
internal sealed class ClientContentType : IUploadRule
{
    public static PitfallRule Rule { get; } = new(4003, nameof(ClientContentType), "Client content type", PitfallSeverity.Warning, PitfallSeverity.Warning,
        "Look at the first bytes, accept only the few formats you want, answer 400 to the rest, and store the type you have seen instead of the one that was claimed.");

    public void Observe(ObservedUpload upload, IPitfallReporter reporter)
    {
        if (upload.Status is < 200 or > 299 || upload.AnsweredWithPage)
            return;
        foreach (var file in upload.Files)
        {
            if (Contradiction(file) is not { } found)
                continue;
            reporter.Report(Rule, new Occurrence
            {
                Message = $"{upload.Route} answered {upload.Status} to an upload that claims to be {found.Claim} and is {FileKinds.Words(found.Kind)} by its first bytes.",
                Subject = upload.Route,
                Route = upload.Route,
                Location = upload.Endpoint.Location,
                Evidence = Evidence.Of(("claimed", found.Claim), ("found", found.Kind), ("bytes", file.Length), ("status", upload.Status)),
                TraceId = upload.TraceId,
                // What a browser or a machine would run is worse than one picture format for another.
                Weight = FileKinds.IsActive(found.Kind) ? 1 : 0,
                Declared = upload.Endpoint.Allowed,
                Ambient = upload.Ambient,
            });
            return;
        }
    }

    /// <summary>The claim and the kind found; <see langword="null"/> when they agree, or either is unknown.</summary>
    private static (string Claim, string Kind)? Contradiction(UploadedFile file)
    {
        // Who says "some bytes" claims nothing; nor does a text, which may begin like anything.
        if (FileKinds.ClaimsNothing(file.DeclaredType) || file.Head.IsEmpty)
            return null;
        var head = file.Head.Span;
        foreach (var claim in new[] { FileKinds.OfType(file.DeclaredType), FileKinds.OfExtension(file.Extension) })
        {
            if (claim is not null && FileKinds.Recognize(head, claim) is { } kind && !claim.Kinds.Contains(kind))
                return (claim.Name, kind);
        }

        return null;
    }
}
