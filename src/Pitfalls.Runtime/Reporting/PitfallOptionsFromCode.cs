using Microsoft.Extensions.Options;

namespace Pitfalls.Runtime.Reporting;

/// <summary>The app's own options callback. When it throws, the app goes on with what it had set until then.</summary>
internal sealed class PitfallOptionsFromCode(Action<PitfallOptions> configure) : IConfigureOptions<PitfallOptions>
{
    public void Configure(PitfallOptions options)
    {
        try
        {
            configure(options);
        }
        catch (Exception exception)
        {
            options.Notices.Add($"The options callback threw {exception.GetType().FullName}; what it had set until then stays.");
        }
    }
}
