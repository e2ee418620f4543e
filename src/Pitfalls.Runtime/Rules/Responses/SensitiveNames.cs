using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>
/// Decides by its words whether a property name is a secret's: <c>userPasswordHash</c>, <c>API_KEY</c>, <c>clientsecret</c>, but not
/// <c>passwordLength</c>, <c>secretary</c> or <c>nextPageToken</c>. Immutable, and a judgement allocates nothing.
/// </summary>
/// <remarks>The last word of a compound says what it is, so a name is judged from its end: the head first, then what stands before it.</remarks>
internal sealed class SensitiveNames
{
    /// <summary>Longer ones are data, not names that somebody gave.</summary>
    public const int MaxBytes = 128;

    private const int MaxPhrase = 4;

    private readonly Vocabulary _vocabulary = new();
    private readonly Dictionary<ulong, (SecretKind Kind, bool IsAlone)> _heads = [];
    private readonly HashSet<ulong> _extra = [];
    private readonly HashSet<ulong> _excluded = [];
    private readonly SearchValues<string> _stems;
    private readonly short _token;

    private SensitiveNames(IReadOnlyList<string> extra, IReadOnlyList<string> excluded)
    {
        var stems = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (kind, phrases) in SensitiveWords.Phrases)
        {
            foreach (var phrase in phrases.Split(',', StringSplitOptions.TrimEntries).SelectMany(Alternatives))
            {
                var words = phrase.TrimStart('^').Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                _heads.Add(KeyOf([.. words.Select(_vocabulary.IdOf)]), (kind, phrase.StartsWith('^')));
                stems.Add(words[^1].Length > 2 ? words[^1] : words.MaxBy(w => w.Length)!);
            }
        }

        _vocabulary.Mark(SensitiveWords.Carriers, WordRole.Carrier);
        _vocabulary.Mark(SensitiveWords.Disguises, WordRole.Carrier | WordRole.Disguise);
        _vocabulary.Mark(SensitiveWords.Asks, WordRole.Asks);
        _vocabulary.Mark(SensitiveWords.Acts, WordRole.Acts);
        _vocabulary.Mark(SensitiveWords.ShortWords, WordRole.Short);
        _vocabulary.Mark(SensitiveWords.Companions, WordRole.None);
        _token = _vocabulary.IdOf("token");
        foreach (var words in excluded)
            _excluded.Add(KeyOf(_vocabulary.Learn(words, [])));
        foreach (var words in extra)
            _extra.Add(KeyOf(_vocabulary.Learn(words, stems)));
        // Every phrase holds its stem: a name without any of them needs no reading. Ignoring case is slow beyond ASCII.
        _stems = SearchValues.Create([.. stems.Where(s => Ascii.IsValid(s))], StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The names as this library knows them.</summary>
    public static SensitiveNames Plain { get; } = new([], []);

    /// <summary>With the words of the app's settings: names that hold an extra one are a secret's, names that hold an excluded one are not.</summary>
    public static SensitiveNames With(IReadOnlyList<string> extra, IReadOnlyList<string> excluded) =>
        extra.Count == 0 && excluded.Count == 0 ? Plain : new SensitiveNames(extra, excluded);

    /// <summary>What a name, unescaped, promises.</summary>
    public SecretKind Judge(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > MaxBytes || !Utf8.IsValid(name))
            return SecretKind.None;
        Span<char> text = stackalloc char[MaxBytes];
        return Judge(text[..Encoding.UTF8.GetChars(name, text)]);
    }

    /// <summary>What a name promises.</summary>
    public SecretKind Judge(ReadOnlySpan<char> name)
    {
        if (name.Length > MaxBytes || (!name.ContainsAny(_stems) && Ascii.IsValid(name)))
            return SecretKind.None;
        Span<short> words = stackalloc short[Vocabulary.MaxWords];
        var count = _vocabulary.Read(name, words);
        var kind = Judge(words[..count]);
        if (kind != SecretKind.None || count == 1 || !words[..count].Contains(Vocabulary.Unknown))
            return kind;
        return Judge(words[.._vocabulary.ReadAsOneWord(name, words)]);
    }

    private SecretKind Judge(ReadOnlySpan<short> words)
    {
        if (Holds(words, _excluded))
            return SecretKind.None;
        if (Holds(words, _extra))
            return SecretKind.Extra;

        var (weak, isDisguised) = (SecretKind.None, false);
        for (var end = words.Length; end > 0; end--)
        {
            if (HeadOf(words[..end], out var length) is { } kind)
            {
                if (kind == SecretKind.None || IsAbout(words[..(end - length)], isToken: words[end - 1] == _token))
                    return weak;
                // "salt" alone is weak, the salt of a password is not.
                if (kind != SecretKind.Opaque)
                    return isDisguised && kind != SecretKind.Connection ? SecretKind.Text : kind;
                weak = kind;
            }

            var role = _vocabulary.RoleOf(words[end - 1]);
            if ((role & WordRole.Carrier) == 0)
                return weak;
            isDisguised |= (role & WordRole.Disguise) != 0;
        }

        return weak;
    }

    /// <summary>The longest phrase that the words end in.</summary>
    private SecretKind? HeadOf(ReadOnlySpan<short> words, out int length)
    {
        (SecretKind? longest, length, ulong key) = (null, 0, 0);
        for (var i = 1; i <= Math.Min(MaxPhrase, words.Length) && words[^i] != Vocabulary.Unknown; i++)
        {
            key = Extend(key, words[^i]);
            if (_heads.TryGetValue(key, out var head) && (!head.IsAlone || i == words.Length))
                (longest, length) = (head.Kind, i);
        }

        return longest;
    }

    /// <summary>Whether the words before a head make it a fact about the secret (<c>hasPassword</c>) or a deed (<c>resetPassword</c>).</summary>
    private bool IsAbout(ReadOnlySpan<short> before, bool isToken)
    {
        foreach (var word in before)
        {
            if ((_vocabulary.RoleOf(word) & WordRole.Asks) != 0)
                return true;
        }

        return !isToken && !before.IsEmpty && (_vocabulary.RoleOf(before[0]) & WordRole.Acts) != 0;
    }

    private static bool Holds(ReadOnlySpan<short> words, HashSet<ulong> phrases)
    {
        if (phrases.Count == 0)
            return false;
        for (var end = words.Length; end > 0; end--)
        {
            ulong key = 0;
            for (var i = 1; i <= Math.Min(MaxPhrase, end) && words[end - i] != Vocabulary.Unknown; i++)
            {
                key = Extend(key, words[end - i]);
                if (phrases.Contains(key))
                    return true;
            }
        }

        return false;
    }

    private static ulong KeyOf(ReadOnlySpan<short> words)
    {
        ulong key = 0;
        for (var i = 1; i <= Math.Min(MaxPhrase, words.Length); i++)
            key = Extend(key, words[^i]);
        return key;
    }

    private static ulong Extend(ulong key, short word) => (key << 16) | (ushort)word;

    /// <summary><c>[a b-c] d</c> is "a d" and "b c d".</summary>
    private static IEnumerable<string> Alternatives(string phrase)
    {
        var (open, close) = (phrase.IndexOf('[', StringComparison.Ordinal), phrase.IndexOf(']', StringComparison.Ordinal));
        return open < 0 ? [phrase] : phrase[(open + 1)..close]
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(word => Alternatives(string.Concat(phrase.AsSpan(0, open), word.Replace('-', ' '), phrase.AsSpan(close + 1))));
    }
}
