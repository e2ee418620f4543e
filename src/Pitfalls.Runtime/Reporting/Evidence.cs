using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Pitfalls.Runtime.Reporting;

/// <summary>
/// The facts of a finding: few, flat, small, in the order the rule gave them. Only names, lengths, types and counts belong here,
/// never a value of a request, a response or the configuration.
/// </summary>
internal sealed class Evidence : IReadOnlyDictionary<string, object>
{
    private const int MaxEntries = 16;
    private const int MaxText = 400;

    public static readonly Evidence None = new([]);

    private readonly KeyValuePair<string, object>[] _entries;

    public Evidence(IEnumerable<KeyValuePair<string, object>> entries) =>
        _entries = [.. entries.Take(MaxEntries).Select(e => new KeyValuePair<string, object>(e.Key, Small(e.Value)))];

    public static Evidence Of(params ReadOnlySpan<(string Name, object? Value)> facts)
    {
        var entries = new List<KeyValuePair<string, object>>(facts.Length);
        foreach (var (name, value) in facts)
        {
            if (value is not null)
                entries.Add(new(name, value));
        }

        return new Evidence(entries);
    }

    public int Count => _entries.Length;

    public IEnumerable<string> Keys => _entries.Select(e => e.Key);

    public IEnumerable<object> Values => _entries.Select(e => e.Value);

    public object this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"no evidence is called '{key}'");

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out object value)
    {
        foreach (var entry in _entries)
        {
            if (entry.Key == key)
            {
                value = entry.Value;
                return true;
            }
        }

        value = null;
        return false;
    }

    public IEnumerator<KeyValuePair<string, object>> GetEnumerator() => ((IEnumerable<KeyValuePair<string, object>>)_entries).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static object Small(object value) => value switch
    {
        bool or int or long or double => value,
        float number => (double)number,
        string { Length: > MaxText } text => string.Concat(text.AsSpan(0, MaxText - 1), "…"),
        string => value,
        _ => throw new ArgumentException($"evidence holds only booleans, numbers and strings, not {value.GetType()}"),
    };
}
