using System.Diagnostics;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Pitfalls.Runtime.Signals.Requests.Uploads;

/// <summary>
/// Stands in for the form feature of a request that brings files, and lets the framework's own do the work. That one is made by the framework
/// and only when it is asked for, since its limits depend on the endpoint.
/// </summary>
[StackTraceHidden]
internal sealed class ObservedForm(HttpContext context, UploadObserver observer) : IFormFeature
{
    private IFormFeature? _inner;
    private IFormCollection? _seen;

    public bool HasFormContentType => Inner.HasFormContentType;

    public IFormCollection? Form
    {
        get => See(Inner.Form);
        set => Inner.Form = value;
    }

    private IFormFeature Inner => _inner ??= MakeInner();

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

    private IFormFeature MakeInner()
    {
        var features = context.Features;
        // Another feature in our place is somebody's own, who has kept ours: it must stay.
        if (!ReferenceEquals(features.Get<IFormFeature>(), this))
            return new FormFeature(context.Request);
        features.Set<IFormFeature>(null);
        try
        {
            _ = context.Request.HasFormContentType;
            return features.Get<IFormFeature>() ?? new FormFeature(context.Request);
        }
        finally
        {
            features.Set<IFormFeature>(this);
        }
    }
}
