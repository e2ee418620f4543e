namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>What a word does in a name, besides being part of a phrase.</summary>
[Flags]
internal enum WordRole : byte
{
    None = 0,

    /// <summary>It may follow a secret's name.</summary>
    Carrier = 1,

    /// <summary>It follows, and turns digits into any text.</summary>
    Disguise = 2,

    /// <summary>Before, it makes the name a fact about the secret.</summary>
    Asks = 4,

    /// <summary>As the first word it makes the name a deed.</summary>
    Acts = 8,

    /// <summary>It is recognised inside of names written as one word although it is short.</summary>
    Short = 16,
}

/// <summary>The words that are known, as numbers, and how a name is cut into them.</summary>
internal sealed class Vocabulary
{
    public const int MaxWords = 24;
    public const short Unknown = 0;
    public const short Number = 1;

    private const int MaxLetters = 48;

    private readonly Dictionary<string, short> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, short>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly List<WordRole> _roles = [WordRole.None, WordRole.Carrier];
    private readonly ulong[] _lengths = new ulong[128];

    public Vocabulary() => _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();

    public WordRole RoleOf(short word) => _roles[word];

    public short IdOf(string word)
    {
        if (_ids.TryGetValue(word, out var id))
            return id;
        // Its plural is longer by one or two.
        if (word[0] < 128)
            _lengths[word[0]] |= 7UL << Math.Min(word.Length, MaxLetters);
        _ids[word] = id = (short)_roles.Count;
        _roles.Add(WordRole.None);
        return id;
    }

    public void Mark(string words, WordRole role)
    {
        foreach (var word in words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            _roles[IdOf(word)] |= role;
    }

    /// <summary>A setting's word or words, cut as names are. What was unknown is known from now on, and is added to <paramref name="stems"/>.</summary>
    public short[] Learn(string phrase, HashSet<string> stems)
    {
        var ids = new List<short>();
        var known = new short[MaxWords];
        for (var start = 0; start < phrase.Length;)
        {
            var word = phrase.Substring(start, WordAt(phrase.AsSpan(start)));
            start += word.Length;
            if (char.IsDigit(word[0]))
                ids.Add(Number);
            if (!char.IsLetter(word[0]))
                continue;
            word = word.ToLowerInvariant();
            // The plural stands for the singular too.
            if (word.Length > 3 && word.EndsWith('s') && !word.EndsWith("ss", StringComparison.Ordinal))
                word = word[..^1];
            stems.Add(word);
            var count = Split(word, known);
            if (known[0] == Unknown)
                (count, known[0]) = (1, IdOf(word));
            ids.AddRange(known[..count]);
        }

        return [.. ids];
    }

    /// <summary>Cuts a name into words where its casing, digits and signs do, and words written as one where the vocabulary does.</summary>
    public int Read(ReadOnlySpan<char> name, Span<short> words)
    {
        Span<char> lower = stackalloc char[SensitiveNames.MaxBytes];
        var count = 0;
        for (var start = 0; start < name.Length && count < words.Length;)
        {
            var length = WordAt(name[start..]);
            var word = name.Slice(start, length);
            if (char.IsDigit(word[0]))
                words[count++] = Number;
            else if (char.IsLetter(word[0]))
                count += Split(lower[..word.ToLowerInvariant(lower)], words[count..]);
            start += length;
        }

        return count;
    }

    /// <summary>The same, as if the whole name were written as one word: casing may cut in the wrong place, as in <c>APIkey</c>.</summary>
    public int ReadAsOneWord(ReadOnlySpan<char> name, Span<short> words)
    {
        Span<char> letters = stackalloc char[SensitiveNames.MaxBytes];
        var count = 0;
        foreach (var c in name)
        {
            if (char.IsLetter(c))
                letters[count++] = char.ToLowerInvariant(c);
        }

        return Split(letters[..count], words);
    }

    private static int WordAt(ReadOnlySpan<char> rest)
    {
        var i = 1;
        if (char.IsDigit(rest[0]))
        {
            while (i < rest.Length && char.IsDigit(rest[i]))
                i++;
        }
        else if (char.IsLetter(rest[0]))
        {
            // userID, userName; HTTPServer is HTTP and Server.
            while (i < rest.Length && char.IsLetter(rest[i])
                && (!char.IsUpper(rest[i]) || (char.IsUpper(rest[i - 1]) && !(i + 1 < rest.Length && char.IsLower(rest[i + 1])))))
                i++;
        }

        return i;
    }

    /// <summary>One run of small letters as the fewest known words, or as one unknown word.</summary>
    private int Split(ReadOnlySpan<char> letters, Span<short> words)
    {
        if (words.IsEmpty || letters.IsEmpty)
            return 0;
        words[0] = Find(letters);
        if (words[0] != Unknown || letters.Length > MaxLetters)
            return 1;

        Span<short> last = stackalloc short[MaxLetters + 1];
        Span<byte> from = stackalloc byte[MaxLetters + 1];
        Span<byte> cost = stackalloc byte[MaxLetters + 1];
        cost[1..(letters.Length + 1)].Fill(byte.MaxValue);
        for (var end = 2; end <= letters.Length; end++)
        {
            for (var start = 0; start <= end - 2; start++)
            {
                if (cost[start] + 1 < cost[end] && MayBeWord(letters[start], end - start) && Find(letters[start..end]) is not Unknown and var id
                    && (end - start > 3 || (_roles[id] & WordRole.Short) != 0))
                    (cost[end], from[end], last[end]) = ((byte)(cost[start] + 1), (byte)start, id);
            }
        }

        var count = (int)cost[letters.Length];
        if (count > words.Length)
            return 1;
        for (int i = count, end = letters.Length; i > 0; end = from[end])
            words[--i] = last[end];
        return count;
    }

    /// <summary>A word, or the plural of one.</summary>
    private short Find(ReadOnlySpan<char> word) =>
        _lookup.TryGetValue(word, out var id)
        || (word.Length > 3 && word[^1] == 's' && (_lookup.TryGetValue(word[..^1], out id) || (word.EndsWith("hes") && _lookup.TryGetValue(word[..^2], out id))))
            ? id
            : Unknown;

    /// <summary>Whether some word starts so and is so long: spares nearly every look-up.</summary>
    private bool MayBeWord(char first, int length) => first >= 128 || (_lengths[first] & (1UL << length)) != 0;
}
