using System.Runtime.CompilerServices;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Reporting;

namespace Pitfalls.Runtime.Signals.Requests.Uploads;

/// <summary>Takes uploads off the request, looks what has become of their files on disk, and shows them to the rules, on a thread of its own.</summary>
internal sealed class UploadJudge : ISignal, IDisposable
{
    private const int Capacity = 512;
    private const int FirstSearches = 50;

    private static readonly TimeSpan s_linger = TimeSpan.FromMilliseconds(5);

    private readonly RuleRunner<IUploadRule> _rules;
    private readonly SavedFiles _saved;
    private readonly TimeProvider _time;
    private readonly DetectorGuard _guard;
    private readonly BoundedWorker<RawUpload> _worker;
    private readonly ConditionalWeakTable<EndpointFacts, Pace> _paces = [];

    public UploadJudge(RuleSet rules, IPitfallReporter reporter, DetectorGuard guard, PitfallMeter meter, Drops drops, SavedFiles saved, TimeProvider time)
    {
        _rules = new RuleRunner<IUploadRule>(rules, reporter, guard, meter);
        _saved = saved;
        _time = time;
        _guard = guard;
        _worker = new BoundedWorker<RawUpload>("Pitfalls uploads", Capacity, s_linger, Judge, reason => drops.Add(UploadSignal.Name, reason));
    }

    public bool IsWanted => _rules.IsAnyEnabled;

    public void Post(RawUpload upload) => _worker.TryPost(upload);

    public void Start()
    {
        // The worker's thread starts with the first upload.
    }

    public Task DrainAsync() => _worker.DrainAsync();

    public void Dispose() => _worker.Dispose();

    private void Judge(RawUpload raw)
    {
        try
        {
            var formFiles = raw.FormFiles.ToList();
            var upload = new ObservedUpload
            {
                Endpoint = raw.Endpoint,
                Method = raw.Method,
                Status = raw.Status,
                AnsweredWithPage = MediaTypes.Parse(raw.ResponseType).MediaType is "text/html" or "application/xhtml+xml",
                Files = [.. raw.Files.Select(file => Read(raw, file, formFiles))],
                TraceId = raw.TraceId,
                Ambient = raw.Ambient,
            };
            _rules.Run(upload, static (rule, upload, reporter) => rule.Observe(upload, reporter));
        }
        catch (Exception exception)
        {
            _guard.Fault(UploadSignal.Name, exception);
        }
    }

    private UploadedFile Read(RawUpload raw, ScannedFile file, List<FormFileNotes> formFiles)
    {
        var (name, type) = raw.BodyType is { } bodyType ? (null, MediaTypes.Parse(bodyType).MediaType) : ClientName.Parse(file.Headers.Span);
        var notes = formFiles.Find(f => f.Name == name);
        if (notes is not null)
            formFiles.Remove(notes);
        return new UploadedFile
        {
            DeclaredType = type,
            Extension = ClientName.ExtensionOf(name),
            Head = file.Head,
            Length = file.Length,
            Name = NameTraits.Of(name ?? ""),
            Saved = string.IsNullOrEmpty(name) ? null : FindSaved(raw, file, name, notes),
        };
    }

    private SavedCopy? FindSaved(RawUpload raw, ScannedFile file, string name, FormFileNotes? notes)
    {
        if (notes?.Target is { } target)
        {
            _saved.Learn(target);
            if (ClientName.IsNameOf(name, target))
                return new SavedCopy(_saved.Words(target), notes.Writer);
        }

        // An app that never asked for the name cannot have saved under it: a file of that name is a coincidence then.
        if (notes is { NameWasRead: false } || file.Length is not { } length || !IsDue(raw.Endpoint))
            return null;
        return _saved.Find(name, length, raw.From) is { } path ? new SavedCopy(_saved.Words(path), null) : null;
    }

    private bool IsDue(EndpointFacts endpoint)
    {
        var pace = _paces.GetOrCreateValue(endpoint);
        var now = _time.GetTimestamp();
        if (pace.Searches >= FirstSearches && now < pace.NextDue)
            return false;
        pace.Searches++;
        pace.NextDue = now + _time.TimestampFrequency;
        return true;
    }

    /// <summary>A search looks into many folders: the first uploads of an endpoint, then one a second.</summary>
    private sealed class Pace
    {
        public int Searches { get; set; }

        public long NextDue { get; set; }
    }
}
