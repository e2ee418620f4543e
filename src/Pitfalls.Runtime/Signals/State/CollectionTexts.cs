using System.Collections.Frozen;
using System.Globalization;
using System.Resources;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>
/// The words the runtime's collections use when two threads got into each other's way, from their own resources: the exceptions have no
/// code of their own, and a culture or a trimmed app (which has keys instead of words) would make a text of ours miss them.
/// </summary>
internal static class CollectionTexts
{
    private static readonly (string Key, CollectionFaultKind Kind)[] s_keys =
    [
        ("InvalidOperation_ConcurrentOperationsNotSupported", CollectionFaultKind.ChangedByTwo),
        ("InvalidOperation_EnumFailedVersion", CollectionFaultKind.ChangedWhileRead),
    ];

    public static FrozenDictionary<string, CollectionFaultKind> Read()
    {
        var texts = new Dictionary<string, CollectionFaultKind>();
        foreach (var assembly in new[] { typeof(object).Assembly, typeof(SortedSet<>).Assembly }.Distinct())
        {
            foreach (var name in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".resources", StringComparison.Ordinal)))
            {
                var words = new ResourceManager(name[..^".resources".Length], assembly);
                foreach (var (key, kind) in s_keys)
                    texts[TextOf(words, key) ?? key] = kind;
            }
        }

        foreach (var (key, kind) in s_keys)
            texts[key] = kind;
        return texts.ToFrozenDictionary();
    }

    private static string? TextOf(ResourceManager words, string key)
    {
        try
        {
            return words.GetString(key, CultureInfo.CurrentUICulture);
        }
        catch (MissingManifestResourceException)
        {
            return null;
        }
    }
}
