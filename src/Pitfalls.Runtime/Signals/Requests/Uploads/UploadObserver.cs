using System.Diagnostics;

using Microsoft.AspNetCore.Http;

namespace Pitfalls.Runtime.Signals.Requests.Uploads;

/// <summary>What is noted while one request brings files. It faults by itself and never into the app.</summary>
[StackTraceHidden]
internal sealed class UploadObserver(UploadSignal signal, HttpContext context, IBodyScan scan, DateTime started)
{
    private readonly List<FormFileNotes> _formFiles = [];
    private bool _isOver;

    public IBodyScan Scan => scan;

    /// <summary>When the request began, by the clock that stamps files.</summary>
    public DateTime Started => started;

    /// <summary>What the app did with the files of its form; empty when it read the body by other means than our form.</summary>
    public IReadOnlyList<FormFileNotes> FormFiles => _formFiles;

    public void OnRead(ReadOnlySpan<byte> bytes)
    {
        if (_isOver)
            return;
        try
        {
            if (bytes.IsEmpty)
                scan.End();
            else
                scan.Feed(bytes);
        }
        catch (Exception exception)
        {
            _isOver = true;
            signal.Fault(exception);
        }
    }

    /// <summary>The app's form has been read. Its files become the same files with an eye on what is done with them, in the same list.</summary>
    public void OnForm(IFormCollection? form)
    {
        try
        {
            // Another kind of list or file is somebody's own, and stays as it is.
            if (form?.Files is not FormFileCollection files)
                return;
            for (var i = 0; i < files.Count && i < MultipartScan.MaxFiles; i++)
            {
                if (files[i].GetType() != typeof(FormFile))
                    continue;
                var notes = new FormFileNotes(signal, context, files[i].FileName);
                files[i] = new ObservedFormFile((FormFile)files[i], notes);
                _formFiles.Add(notes);
            }
        }
        catch (Exception exception)
        {
            signal.Fault(exception);
        }
    }

    /// <summary>The response has ended.</summary>
    public void End()
    {
        if (_isOver)
            return;
        _isOver = true;
        try
        {
            signal.End(context, this);
        }
        catch (Exception exception)
        {
            signal.Fault(exception);
        }
    }
}
