using Pitfalls.Runtime.Reporting;
using Pitfalls.Runtime.Signals.Requests.Uploads;

namespace Pitfalls.Runtime.Rules.Requests;

/// <summary>An uploaded file is saved under the name the client sent. Says where and what is odd about the name, never the name.</summary>
internal sealed class ClientFileName : IUploadRule
{
    public static PitfallRule Rule { get; } = new(4002, nameof(ClientFileName), "Client file name", PitfallSeverity.Error, PitfallSeverity.Error,
        "Make the name yourself (Guid.NewGuid() and an extension you allow), in a folder outside the web root, and keep the client's name as data only.");

    public void Observe(ObservedUpload upload, IPitfallReporter reporter)
    {
        // One sighting an upload, the worst of its files.
        if (upload.Files.Where(f => f.Saved is not null).MaxBy(Weight) is not { Saved: { } saved } file)
            return;
        var odd = Odd(file.Name);
        reporter.Report(Rule, new Occurrence
        {
            Message = $"{upload.Route} saved an uploaded file in {saved.Folder} under the name the client sent"
                + (odd is null ? "; the next client's name may be that of another file, or lead out of the folder." : $", which held {odd}."),
            Subject = upload.Route,
            Route = upload.Route,
            Location = saved.Writer ?? upload.Endpoint.Location,
            Evidence = Evidence.Of(
                ("folder", saved.Folder),
                ("nameLength", file.Name.Length),
                ("parentSegment", file.Name.HasParentSegment),
                ("separator", file.Name.HasSeparator),
                ("drive", file.Name.HasDrive),
                ("files", upload.Files.Count(f => f.Saved is not null))),
            TraceId = upload.TraceId,
            Weight = Weight(file),
            Declared = upload.Endpoint.Allowed,
            Ambient = upload.Ambient,
        });
    }

    private static string? Odd(NameTraits name) =>
        name.HasParentSegment ? "'..', a way out of the folder"
        : name.HasDrive ? "a path from the root"
        : name.HasSeparator ? "a path separator"
        : null;

    /// <summary>An odd name first; of two alike the one with the statement that saved it.</summary>
    private static double Weight(UploadedFile file) => (Odd(file.Name) is null ? 0 : 2) + (file.Saved?.Writer is null ? 0 : 1);
}
