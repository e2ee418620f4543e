using Microsoft.Extensions.DependencyInjection;

namespace Pitfalls.Runtime;

/// <summary>What <c>AddPitfallDetection</c> returns, for packages that add to it.</summary>
public interface IPitfallBuilder
{
    /// <summary>The app's services.</summary>
    IServiceCollection Services { get; }
}
