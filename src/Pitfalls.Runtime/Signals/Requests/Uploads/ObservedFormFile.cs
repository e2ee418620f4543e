using System.Diagnostics;

using Microsoft.AspNetCore.Http;

namespace Pitfalls.Runtime.Signals.Requests.Uploads;

/// <summary>
/// A file of a form with an eye on what is done with it. It is a <see cref="FormFile"/>, for those who cast; through the interface its calls
/// go to the framework's own file.
/// </summary>
[StackTraceHidden]
internal sealed class ObservedFormFile : FormFile, IFormFile
{
    private readonly FormFile _inner;
    private readonly FormFileNotes _notes;

    public ObservedFormFile(FormFile inner, FormFileNotes notes)
        : base(new LazyContent(inner), 0, inner.Length, inner.Name, inner.FileName)
    {
        _inner = inner;
        _notes = notes;
        Headers = inner.Headers;
    }

    string IFormFile.FileName
    {
        get
        {
            _notes.NameWasRead = true;
            return _inner.FileName;
        }
    }

    Stream IFormFile.OpenReadStream() => new UploadedStream(_inner.OpenReadStream(), _notes);

    void IFormFile.CopyTo(Stream target)
    {
        _notes.OnCopy(target);
        _inner.CopyTo(target);
    }

    Task IFormFile.CopyToAsync(Stream target, CancellationToken cancellationToken)
    {
        _notes.OnCopy(target);
        return _inner.CopyToAsync(target, cancellationToken);
    }

    /// <summary>The content, opened when somebody asks: opening it moves the position of the request's buffered body.</summary>
    [StackTraceHidden]
    private sealed class LazyContent(FormFile file) : ReadThroughStream
    {
        private Stream? _content;

        protected override Stream Inner => _content ??= file.OpenReadStream();
    }

    /// <summary>An uploaded file's content; where it is copied to is seen.</summary>
    [StackTraceHidden]
    private sealed class UploadedStream(Stream inner, FormFileNotes notes) : ReadThroughStream
    {
        protected override Stream Inner => inner;

        public override void CopyTo(Stream destination, int bufferSize)
        {
            notes.OnCopy(destination);
            base.CopyTo(destination, bufferSize);
        }

        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
        {
            notes.OnCopy(destination);
            return base.CopyToAsync(destination, bufferSize, cancellationToken);
        }
    }
}

/// <summary>What the app did with one file of its form.</summary>
internal sealed class FormFileNotes(UploadSignal signal, HttpContext context, string name)
{
    /// <summary>As the client sent it. It stays in here: no rule gets it.</summary>
    public string Name => name;

    /// <summary>Whether the app has asked for the name: one that never did cannot have saved under it.</summary>
    public bool NameWasRead { get; set; }

    /// <summary>The file it was copied into.</summary>
    public string? Target { get; private set; }

    /// <summary>The statement that copied it into a file of the client's name.</summary>
    public PitfallLocation? Writer { get; private set; }

    public void OnCopy(Stream? target)
    {
        try
        {
            // Types of the framework only: a stream of the app's own would run its code.
            if (target is BufferedStream buffered)
                target = buffered.UnderlyingStream;
            if (target?.GetType() != typeof(FileStream))
                return;
            Target = ((FileStream)target).Name;
            if (ClientName.IsNameOf(name, Target))
                Writer ??= signal.Writer(context);
        }
        catch (Exception exception)
        {
            signal.Fault(exception);
        }
    }
}
