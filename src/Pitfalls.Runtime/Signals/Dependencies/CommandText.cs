using System.Buffers;

namespace Pitfalls.Runtime.Signals.Dependencies;

/// <summary>Reduces a command to its shape: a number that is the same whatever literals stand in it. Nothing of the text is kept.</summary>
internal static class CommandText
{
    private const ulong Seed = 14695981039346656037;
    private const ulong Prime = 1099511628211;
    private const int MaxLength = 16 * 1024;
    private const int MaxName = 64;
    private const string Unknown = "command";

    private static readonly string[] s_operations =
    [
        "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "CALL", "EXEC", "EXECUTE", "VALUES", "PRAGMA", "CREATE", "ALTER", "DROP", "TRUNCATE", "REPLACE", "UPSERT",
        "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET", "SHOW", "USE", "COPY", "LOCK", "ANALYZE", "VACUUM", "EXPLAIN", "DECLARE", "FETCH", "START", "END", "DISCARD", "RESET",
    ];

    private static readonly string[] s_beforeTable = ["FROM", "INTO", "UPDATE", "JOIN"];

    private static readonly SearchValues<char> s_wordBreaks = SearchValues.Create(" \t\r\n(;,)");

    /// <summary>The shape of a command.</summary>
    public static ulong ShapeOf(ReadOnlySpan<char> text)
    {
        if (text.Length > MaxLength)
            text = text[..MaxLength];
        var hash = Seed;
        // What came last: many literals in a row (an IN list) are one, and so is white space.
        var last = ' ';
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is '\'')
            {
                i = EndOfText(text, i);
                c = '?';
            }
            else if (c == '-' && i + 1 < text.Length && text[i + 1] == '-')
            {
                i = EndOfLine(text, i);
                continue;
            }
            else if (c == '/' && i + 1 < text.Length && text[i + 1] == '*')
            {
                i = EndOfComment(text, i);
                continue;
            }
            else if (c is '@' or '$' or ':' or '?' || (char.IsAsciiDigit(c) && !IsNamePart(last)))
            {
                i = EndOfName(text, i);
                c = '?';
            }
            else if (char.IsWhiteSpace(c))
            {
                c = ' ';
            }

            // Between literals only commas and spaces: still the same list.
            if ((c == ' ' && last is ' ' or '?') || (c == ',' && last == '?') || (c == '?' && last == '?'))
                continue;
            hash = (hash ^ char.ToUpperInvariant(c)) * Prime;
            last = c;
        }

        return hash;
    }

    /// <summary>Its first word, when it is one that is known.</summary>
    public static string OperationOf(ReadOnlySpan<char> text)
    {
        text = SkipToWord(text);
        var end = text.IndexOfAny(s_wordBreaks);
        var word = end < 0 ? text : text[..end];
        foreach (var operation in s_operations)
        {
            if (word.Equals(operation, StringComparison.OrdinalIgnoreCase))
                return operation;
        }

        return Unknown;
    }

    /// <summary>The first table: a name after FROM, INTO, UPDATE or JOIN. Names only; a literal cannot stand there.</summary>
    public static string? TableOf(ReadOnlySpan<char> text)
    {
        var isNext = false;
        while (!(text = SkipToWord(text)).IsEmpty)
        {
            var end = text[0] is '"' or '`' or '[' ? EndOfQuoted(text) : text.IndexOfAny(s_wordBreaks);
            if (text[0] == '\'')
                end = EndOfText(text, 0) + 1;
            var word = end <= 0 ? text : text[..Math.Min(end, text.Length)];
            // FROM (SELECT …: the name comes further in.
            if (isNext && OperationOf(word) == Unknown)
                return text[0] == '\'' ? null : Name(word);
            isNext = IsBeforeTable(word);
            text = text[Math.Max(word.Length, 1)..];
        }

        return null;
    }

    /// <summary>Whether the command only reads.</summary>
    public static bool IsRead(string operation) => operation is "SELECT" or "WITH" or "CALL" or "EXEC" or "EXECUTE";

    private static bool IsBeforeTable(ReadOnlySpan<char> word)
    {
        foreach (var before in s_beforeTable)
        {
            if (word.Equals(before, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static string? Name(ReadOnlySpan<char> word)
    {
        // schema.table, each quoted or not: what stands last is the table.
        var name = word.Trim("\"`[];");
        if (name.LastIndexOf('.') is >= 0 and var dot)
            name = name[(dot + 1)..].Trim("\"`[]");
        foreach (var c in name)
        {
            if (!IsNamePart(c))
                return null;
        }

        return name.Length is > 0 and <= MaxName ? name.ToString() : null;
    }

    private static ReadOnlySpan<char> SkipToWord(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '-' && i + 1 < text.Length && text[i + 1] == '-')
                i = EndOfLine(text, i);
            else if (text[i] == '/' && i + 1 < text.Length && text[i + 1] == '*')
                i = EndOfComment(text, i);
            else if (!char.IsWhiteSpace(text[i]) && text[i] is not ('(' or ')' or ';' or ','))
                return text[i..];
        }

        return [];
    }

    private static bool IsNamePart(char c) => char.IsLetterOrDigit(c) || c is '_' or '$' or '#';

    private static int EndOfQuoted(ReadOnlySpan<char> text)
    {
        // "a"."b": up to the first break outside of quotes.
        var close = '\0';
        for (var i = 0; i < text.Length; i++)
        {
            if (close != '\0')
                close = text[i] == close ? '\0' : close;
            else if (text[i] is '"' or '`')
                close = text[i];
            else if (text[i] == '[')
                close = ']';
            else if (s_wordBreaks.Contains(text[i]))
                return i;
        }

        return text.Length;
    }

    /// <summary>The index of the closing quote; two in a row are one inside.</summary>
    private static int EndOfText(ReadOnlySpan<char> text, int start)
    {
        for (var i = start + 1; i < text.Length; i++)
        {
            if (text[i] != '\'')
                continue;
            if (i + 1 >= text.Length || text[i + 1] != '\'')
                return i;
            i++;
        }

        return text.Length - 1;
    }

    private static int EndOfName(ReadOnlySpan<char> text, int start)
    {
        var i = start;
        while (i + 1 < text.Length && (IsNamePart(text[i + 1]) || text[i + 1] is '.' or '@' or ':'))
            i++;
        return i;
    }

    private static int EndOfLine(ReadOnlySpan<char> text, int start)
    {
        var end = text[start..].IndexOf('\n');
        return end < 0 ? text.Length - 1 : start + end;
    }

    private static int EndOfComment(ReadOnlySpan<char> text, int start)
    {
        var end = text[(start + 2)..].IndexOf("*/");
        return end < 0 ? text.Length - 1 : start + 2 + end + 1;
    }
}
