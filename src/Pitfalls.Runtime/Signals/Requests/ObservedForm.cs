using System.Diagnostics;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>The framework's own form feature, and a note when the form is read synchronously before anybody has awaited it.</summary>
[StackTraceHidden]
internal sealed class ObservedForm(FormFeature inner, BodyWatch watch, RequestScope scope) : IFormFeature
{
    public bool HasFormContentType => inner.HasFormContentType;

    public IFormCollection? Form
    {
        get => inner.Form;
        set => inner.Form = value;
    }

    public IFormCollection ReadForm()
    {
        var isRead = inner.Form is not null;
        var form = inner.ReadForm();
        if (!isRead)
            watch.OnCall(SynchronousBody.Form, scope);
        return form;
    }

    public Task<IFormCollection> ReadFormAsync(CancellationToken cancellationToken) => inner.ReadFormAsync(cancellationToken);
}

/// <summary>The server's switch for synchronous reads and writes, and a note when the app turns it on for one request.</summary>
[StackTraceHidden]
internal sealed class ObservedBodyControl(IHttpBodyControlFeature inner, Action allowed) : IHttpBodyControlFeature
{
    public bool AllowSynchronousIO
    {
        get => inner.AllowSynchronousIO;
        set
        {
            inner.AllowSynchronousIO = value;
            if (value)
                allowed();
        }
    }
}
