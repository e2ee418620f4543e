using System.Text;
using System.Text.Json;

using Pitfalls.Runtime.Rules.Responses;

namespace Pitfalls.Runtime.Rules.Threading;

/// <summary>Finds an object in JSON that has the members of a task: what serializers make of a <c>Task</c> that nobody awaited, under any naming policy.</summary>
internal static class TaskShapes
{
    private const int MaxDepth = 64;
    private const int MaxName = 32;

    /// <summary>The way to the first one; <see langword="null"/>: there is none.</summary>
    public static string? Find(ReadOnlySpan<byte> json, bool isTruncated)
    {
        // Most bodies end here.
        if (json.IndexOf("ompleted"u8) < 0 && json.IndexOf("OMPLETED"u8) < 0)
            return null;
        var levels = new Level[MaxDepth + 2];
        var steps = new List<JsonStep>();
        var reader = new Utf8JsonReader(json, isFinalBlock: !isTruncated, new JsonReaderState(new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = MaxDepth }));
        try
        {
            var pending = Member.None;
            var name = "";
            while (reader.Read())
            {
                ref var level = ref levels[reader.CurrentDepth];
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        (pending, name) = (MemberOf(reader.ValueSpan), NameOf(reader.ValueSpan));
                        level.Name = name;
                        continue;
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        levels[reader.CurrentDepth + 1] = new Level { IsArray = reader.TokenType == JsonTokenType.StartArray, Index = -1 };
                        Count(ref level);
                        break;
                    case JsonTokenType.EndObject:
                        if (levels[reader.CurrentDepth + 1].IsTask)
                            return JsonPath.Of(WayTo(levels.AsSpan(0, reader.CurrentDepth + 1), steps), new HashSet<int>());
                        break;
                    case JsonTokenType.EndArray:
                        break;
                    default:
                        Count(ref level);
                        if (Fits(pending, reader.TokenType))
                            level.Members |= pending;
                        break;
                }

                pending = Member.None;
            }
        }
        catch (JsonException)
        {
            // Not JSON from here on.
        }

        return null;
    }

    private static void Count(ref Level level)
    {
        if (level.IsArray)
            level.Index++;
    }

    private static bool Fits(Member member, JsonTokenType value) => member switch
    {
        Member.None => false,
        Member.Other => true,
        _ => value is JsonTokenType.True or JsonTokenType.False,
    };

    private static List<JsonStep> WayTo(ReadOnlySpan<Level> levels, List<JsonStep> steps)
    {
        // The outermost level is the text itself.
        for (var i = 0; i < levels.Length; i++)
        {
            if (levels[i].IsArray)
                steps.Add(new JsonStep(null, levels[i].Index));
            else if (levels[i].Name is { } name)
                steps.Add(new JsonStep(name, 0));
        }

        return steps;
    }

    private static string NameOf(ReadOnlySpan<byte> name) => name.Length <= MaxName * 2 ? Encoding.UTF8.GetString(name) : "*";

    private static Member MemberOf(ReadOnlySpan<byte> name)
    {
        if (name.Length > MaxName)
            return Member.None;
        Span<byte> plain = stackalloc byte[MaxName];
        var length = 0;
        foreach (var letter in name)
        {
            if (letter is not ((byte)'_' or (byte)'-'))
                plain[length++] = letter is >= (byte)'A' and <= (byte)'Z' ? (byte)(letter | 0x20) : letter;
        }

        var word = plain[..length];
        return word.SequenceEqual("iscompleted"u8) ? Member.IsCompleted
            : word.SequenceEqual("iscompletedsuccessfully"u8) ? Member.IsCompletedSuccessfully
            : word.SequenceEqual("isfaulted"u8) ? Member.IsFaulted
            : word.SequenceEqual("iscanceled"u8) ? Member.IsCanceled
            : word.SequenceEqual("creationoptions"u8) || word.SequenceEqual("status"u8) ? Member.Other
            : Member.None;
    }

    [Flags]
    private enum Member
    {
        None = 0,
        IsCompleted = 1,
        IsCompletedSuccessfully = 2,
        IsFaulted = 4,
        IsCanceled = 8,
        Other = 16,
    }

    private struct Level
    {
        public bool IsArray;
        public int Index;
        public string? Name;
        public Member Members;

        /// <summary>Both ways of being complete, and one more: serializers that leave out defaults leave out what is false.</summary>
        public readonly bool IsTask =>
            (Members & (Member.IsCompleted | Member.IsCompletedSuccessfully)) == (Member.IsCompleted | Member.IsCompletedSuccessfully)
            && (Members & ~(Member.IsCompleted | Member.IsCompletedSuccessfully)) != 0;
    }
}
