using System.Collections;
using System.Reflection;

using Microsoft.Extensions.Caching.Memory;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>Looks whether a <c>MemoryCache</c> is bounded: by a size limit, or because its entries expire.</summary>
internal static class MemoryCacheLimits
{
    // Entries lie in the order of their hashes: the first few are a fair sample.
    private const int MaxEntries = 32;

    private static readonly FieldInfo? s_options = CollectionReader.Field(typeof(MemoryCache), "_options");
    private static readonly FieldInfo? s_state = CollectionReader.Field(typeof(MemoryCache), "_coherentState");
    private static readonly FieldInfo? s_sizeLimit = CollectionReader.Field(s_options?.FieldType, "_sizeLimit");
    private static readonly FieldInfo? s_strings = CollectionReader.Field(s_state?.FieldType, "_stringEntries");
    private static readonly FieldInfo? s_others = CollectionReader.Field(s_state?.FieldType, "_nonStringEntries");
    private static readonly Type? s_entry = s_strings?.FieldType.GetGenericArguments()[1];
    private static readonly FieldInfo? s_absolute = CollectionReader.Field(s_entry, "_absoluteExpirationTicks");
    private static readonly FieldInfo? s_sliding = CollectionReader.Field(s_entry, "_slidingExpiration");
    private static readonly FieldInfo? s_tokens = CollectionReader.Field(s_entry, "_tokens");
    private static readonly FieldInfo? s_expirationTokens = CollectionReader.Field(s_tokens?.FieldType, "_expirationTokens");

    /// <returns><see langword="null"/> when this version of the cache keeps it elsewhere: then nothing can be said against it.</returns>
    public static CacheLimits? Read(object cache)
    {
        if (s_sizeLimit is null || s_strings is null || s_others is null || s_absolute is null || s_sliding is null || s_expirationTokens is null)
            return null;
        var hasSizeLimit = (long)s_sizeLimit.GetValue(s_options!.GetValue(cache))! >= 0;
        var state = s_state!.GetValue(cache);
        var (looked, lasting) = (0, 0);
        Look(s_strings.GetValue(state)!);
        Look(s_others.GetValue(state)!);
        return new CacheLimits(hasSizeLimit, looked == 0 ? 0 : (double)lasting / looked);

        void Look(object entries)
        {
            // The framework's own enumerator: it takes no lock and asks no key for its hash.
            var each = ((IDictionary)entries).GetEnumerator();
            for (var i = 0; i < MaxEntries && each.MoveNext(); i++)
            {
                looked++;
                if (IsLasting(each.Value!))
                    lasting++;
            }
        }
    }

    /// <summary>Neither a time nor a token ends it.</summary>
    private static bool IsLasting(object entry) =>
        (long)s_absolute!.GetValue(entry)! < 0
        && (TimeSpan)s_sliding!.GetValue(entry)! <= TimeSpan.Zero
        && (s_tokens!.GetValue(entry) is not { } tokens || s_expirationTokens!.GetValue(tokens) is null);
}
