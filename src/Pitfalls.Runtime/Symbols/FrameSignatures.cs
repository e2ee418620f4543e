using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Pitfalls.Runtime.Symbols;

/// <summary>A method with its return type and parameters, as <c>Ben.Demystifier</c> writes it where the app has that package. Nothing is loaded that the app did not bring.</summary>
/// <remarks>https://github.com/benaadams/Ben.Demystifier/blob/main/src/Ben.Demystifier/EnhancedStackTrace.Frames.cs: <c>GetMethodDisplayString</c>.</remarks>
internal sealed class FrameSignatures
{
    private const string Package = "Ben.Demystifier";
    private const int MaxLength = 300;

    private readonly Lazy<Func<MethodBase, object?>?> _display;

    public FrameSignatures()
        : this(static () => AppDomain.CurrentDomain.GetAssemblies(), IsInTheApp)
    {
    }

    /// <param name="loaded">The assemblies that are loaded.</param>
    /// <param name="isInTheApp">Whether an assembly of a name lies beside the app, loaded or not.</param>
    public FrameSignatures(Func<IEnumerable<Assembly>> loaded, Func<string, bool> isInTheApp) => _display = new(() => Find(loaded, isInTheApp));

    /// <summary><c>async Task&lt;Order&gt; Shop.Orders.Find(int id)</c>; <see langword="null"/> where nobody can tell, or fails to.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "a foreign library's fault must not cost a finding")]
    public string? Of(MethodBase method)
    {
        try
        {
            // A value of the package's own type: its ToString is the package's code, and no object of the app's.
            return _display.Value?.Invoke(method)?.ToString() is { Length: > 0 and <= MaxLength } text ? text : null;
        }
        catch (Exception)
        {
            return null;
        }
    }

    [SuppressMessage("Trimming", "IL2026", Justification = "where the type was trimmed away there is no light-up")]
    [SuppressMessage("Trimming", "IL2075", Justification = "the same")]
    private static Func<MethodBase, object?>? Find(Func<IEnumerable<Assembly>> loaded, Func<string, bool> isInTheApp)
    {
        // Asked for only when it is there: a load that fails would call the app's own resolvers.
        var assembly = loaded().FirstOrDefault(a => a.GetName().Name == Package) ?? (isInTheApp(Package) ? Assembly.Load(Package) : null);
        var method = assembly?.GetType("System.Diagnostics.EnhancedStackTrace")
            ?.GetMethod("GetMethodDisplayString", BindingFlags.Public | BindingFlags.Static, [typeof(MethodBase)]);
        return method is { ReturnType.IsValueType: false } ? method.CreateDelegate<Func<MethodBase, object?>>() : null;
    }

    /// <summary>The host lists what the app was published with; without a list it is not looked for.</summary>
    internal static bool IsInTheApp(string name) =>
        AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") is string all
        && all.Contains($"{Path.DirectorySeparatorChar}{name}.dll", StringComparison.OrdinalIgnoreCase);
}
