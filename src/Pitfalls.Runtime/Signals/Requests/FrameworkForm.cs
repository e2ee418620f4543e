using System.Diagnostics;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Pitfalls.Runtime.Signals.Requests;

/// <summary>The form feature as the framework itself makes it, for those of ours that stand before it.</summary>
[StackTraceHidden]
internal static class FrameworkForm
{
    /// <summary>To be called when the form is first asked for and not sooner: its limits depend on the endpoint.</summary>
    public static IFormFeature Make(HttpContext context)
    {
        // A request makes one when there is none. So for that moment there is none.
        var features = context.Features;
        var current = features.Get<IFormFeature>();
        features.Set<IFormFeature>(null);
        try
        {
            _ = context.Request.HasFormContentType;
            return features.Get<IFormFeature>() ?? new FormFeature(context.Request);
        }
        finally
        {
            features.Set(current);
        }
    }
}
