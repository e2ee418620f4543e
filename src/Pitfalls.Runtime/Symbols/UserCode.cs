using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Pitfalls.Runtime.Symbols;

/// <summary>
/// Whose code is "yours": the assemblies of the option <c>UserAssemblies</c>, else the entry assembly, the app the host was made
/// for, and the projects they reference. Packages and the framework are not, and neither are we.
/// </summary>
internal sealed class UserCode
{
    private const string Ours = "Pitfalls.Runtime";

    private static readonly object s_yours = new();
    private static readonly object s_others = new();

    // Read when first asked for, which is off the request: a file and its parser would be felt in the app's start.
    private readonly Lazy<HashSet<string>> _names;
    // Weak: an assembly that can be unloaded must not be kept by having been asked about.
    private readonly ConditionalWeakTable<Assembly, object> _known = [];

    public UserCode(IReadOnlyCollection<string> configured, Assembly? entry, string? applicationName)
    {
        _names = new(() => configured.Count > 0
            ? new HashSet<string>(configured, StringComparer.OrdinalIgnoreCase)
            : Discover(entry, applicationName));
    }

    public IReadOnlyCollection<string> Assemblies => _names.Value;

    public bool Contains(Assembly assembly) =>
        ReferenceEquals(_known.TryGetValue(assembly, out var known) ? known : Learn(assembly), s_yours);

    private object Learn(Assembly assembly) => _known.GetOrAdd(assembly, _names.Value.Contains(assembly.GetName().Name ?? "") ? s_yours : s_others);

    public bool Contains(MethodBase method) => Contains(method.Module.Assembly);

    private static HashSet<string> Discover(Assembly? entry, string? applicationName)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        if (entry?.GetName().Name is { } entryName)
            names.Add(entryName);
        // Under a test host the entry assembly is the test project; the app is what the host is named after.
        if (!string.IsNullOrEmpty(applicationName))
            names.Add(applicationName);
        foreach (var name in names.ToArray())
            names.UnionWith(ProjectsOf(name));
        names.RemoveWhere(name => name == Ours || name == Ours + ".Testing" || name.StartsWith("testhost", StringComparison.OrdinalIgnoreCase));
        return names;
    }

    /// <summary>The projects an app was built from, as the SDK wrote them into <c>App.deps.json</c> (library type "project").</summary>
    private static IEnumerable<string> ProjectsOf(string app)
    {
        var file = Path.Combine(AppContext.BaseDirectory, app + ".deps.json");
        if (!File.Exists(file))
            return [];
        try
        {
            using var deps = JsonDocument.Parse(File.ReadAllBytes(file));
            return deps.RootElement.TryGetProperty("libraries", out var libraries)
                ? [.. libraries.EnumerateObject()
                    .Where(l => l.Value.TryGetProperty("type", out var type) && type.GetString() == "project")
                    .Select(l => l.Name[..(l.Name.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? slash : l.Name.Length)])]
                : [];
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return [];
        }
    }
}
