using System.Diagnostics;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Pitfalls.Runtime.Signals.Requests.Uploads;

/// <summary>
/// Stands in for the form feature of a request that brings files, and lets the one that was there, or else the framework's own, do the work.
/// </summary>
[StackTraceHidden]
internal sealed class UploadForm(HttpContext context, IFormFeature? inner, UploadObserver observer) : IFormFeature
{
    private IFormFeature? _inner = inner;
    private IFormCollection? _seen;

    public bool HasFormContentType => Inner.HasFormContentType;

    public IFormCollection? Form
    {
        get => See(Inner.Form);
        set => Inner.Form = value;
    }

    private IFormFeature Inner => _inner ??= FrameworkForm.Make(context);

    public IFormCollection ReadForm() => See(Inner.ReadForm())!;

    public Task<IFormCollection> ReadFormAsync(CancellationToken cancellationToken)
    {
        var reading = Inner.ReadFormAsync(cancellationToken);
        if (!reading.IsCompletedSuccessfully)
            return SeeLater(reading);
        See(reading.Result);
        return reading;

        async Task<IFormCollection> SeeLater(Task<IFormCollection> reading) => See(await reading.ConfigureAwait(false))!;
    }

    private IFormCollection? See(IFormCollection? form)
    {
        if (form is null || ReferenceEquals(form, _seen))
            return form;
        _seen = form;
        observer.OnForm(form);
        return form;
    }
}
