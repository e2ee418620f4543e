using System.Text.Json;

namespace Pitfalls.Runtime.Rules.Responses;

/// <summary>
/// Walks a JSON text once and notes the distinct properties that hold a secret; elements of one array are the same property. It takes what
/// is not quite JSON as far as it goes: cut texts, several roots (NDJSON), comments, trailing commas.
/// </summary>
internal ref struct SensitiveScan
{
    private const int MaxDepth = 256;
    private const int MaxHits = 64;
    private const int MaxEscapedName = 6 * SensitiveNames.MaxBytes;

    private readonly ReadOnlySpan<byte> _json;
    private readonly bool _isRejection;
    private readonly SensitiveNames _names;
    private readonly NameVerdicts _verdicts;
    private readonly Span<Frame> _frames;
    private readonly List<IReadOnlyList<JsonStep>> _hits = [];
    private readonly HashSet<ulong> _seen = [];
    // Hits in objects that are still open: what stands beside them may yet explain them.
    private readonly List<(IReadOnlyList<JsonStep> Hit, SecretKind Kind, ulong Path)> _pending = [];
    private int _depth;

    private SensitiveScan(ReadOnlySpan<byte> json, int status, SensitiveNames names, NameVerdicts verdicts, Span<Frame> frames)
    {
        _json = json;
        _isRejection = status is 400 or 409 or 422;
        _names = names;
        _verdicts = verdicts;
        _frames = frames;
    }

    /// <summary>The ways from the root to the properties that hold a secret, at most 64.</summary>
    public static IReadOnlyList<IReadOnlyList<JsonStep>> Run(
        ReadOnlySpan<byte> json, bool isTruncated, int status, SensitiveNames names, NameVerdicts verdicts)
    {
        // Frame 0 stands for the text itself.
        Span<Frame> frames = stackalloc Frame[MaxDepth + 1];
        frames.Clear();
        var scan = new SensitiveScan(json, status, names, verdicts, frames);
        var reader = new Utf8JsonReader(json, isFinalBlock: !isTruncated, new JsonReaderState(new JsonReaderOptions
        {
            AllowMultipleValues = true,
            AllowTrailingCommas = true,
            CommentHandling = JsonCommentHandling.Skip,
            MaxDepth = MaxDepth,
        }));
        try
        {
            while (scan._hits.Count < MaxHits && reader.Read())
                scan.Take(in reader);
        }
        catch (JsonException)
        {
            // Not JSON from here on, or deeper than anybody nests: what came before counts.
        }

        return scan._hits;
    }

    private void Take(in Utf8JsonReader reader)
    {
        ref var frame = ref _frames[_depth];
        if (reader.TokenType == JsonTokenType.PropertyName)
        {
            Name(in reader, ref frame);
            return;
        }

        if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
        {
            if (!frame.IsArray)
                Settle(in frame);
            _depth--;
            return;
        }

        frame.Index++;
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            Open(in frame, reader.TokenType == JsonTokenType.StartArray);
        else if (frame.Kind != SecretKind.None && !frame.IsTexts && reader.TokenType is JsonTokenType.String or JsonTokenType.Number)
            Value(in reader, in frame);
    }

    private readonly void Name(in Utf8JsonReader reader, ref Frame frame)
    {
        frame.NameStart = (int)reader.TokenStartIndex + 1;
        frame.NameLength = reader.ValueSpan.Length;
        Span<byte> unescaped = stackalloc byte[MaxEscapedName];
        scoped var name = reader.ValueSpan;
        if (reader.ValueIsEscaped)
            name = name.Length <= MaxEscapedName && TryCopy(in reader, unescaped, out var length) ? unescaped[..length] : default;
        frame.NameHash = NameVerdicts.HashOf(name);
        frame.Kind = _verdicts.IsSensitive(name) ? _names.Judge(name) : SecretKind.None;
        frame.Beside |= BesideNames.Meaning(name);
        frame.OpensTexts = BesideNames.HoldTexts(name);
    }

    private void Open(in Frame parent, bool isArray)
    {
        ref var child = ref _frames[++_depth];
        child = new Frame
        {
            IsArray = isArray,
            Index = -1,
            // What an array is called, its elements are. An object's members have names of their own.
            Kind = isArray ? parent.Kind : SecretKind.None,
            IsTexts = parent.IsTexts || parent.OpensTexts,
            Path = NameVerdicts.Mix(parent.Path ^ (parent.IsArray ? 1 : parent.NameHash)),
            FirstPending = _pending.Count,
        };
        // Elements of an array under "errors" are texts as well.
        child.OpensTexts = isArray && parent.OpensTexts;
    }

    private readonly void Value(in Utf8JsonReader reader, in Frame frame)
    {
        var owner = _depth;
        while (_frames[owner].IsArray)
            owner--;
        var path = NameVerdicts.Mix(_frames[owner].Path ^ _frames[owner].NameHash);
        if (_seen.Contains(path) || (_pending.Count > 0 && _pending[^1].Path == path) || !IsSecret(in reader, frame.Kind))
            return;
        // MVC's SerializableError has no "errors" around it: fields and what is wrong with them.
        if (_isRejection && owner == 1 && (frame.IsArray || SensitiveValues.HasBlanks(in reader)))
            return;
        if (frame.Kind is SecretKind.OAuthToken or SecretKind.Pass)
            _pending.Add((Steps(owner), frame.Kind, path));
        else if (_seen.Add(path))
            _hits.Add(Steps(owner));
    }

    /// <summary>An object has ended: now everything that stands beside its tokens is known.</summary>
    private readonly void Settle(in Frame frame)
    {
        if (_pending.Count == frame.FirstPending)
            return;
        var isTokenResponse = frame.Beside.HasFlag(Beside.AccessToken | Beside.TokenTerms);
        for (var i = frame.FirstPending; i < _pending.Count; i++)
        {
            var (hit, kind, path) = _pending[i];
            if ((kind == SecretKind.OAuthToken ? !isTokenResponse : frame.Beside.HasFlag(Beside.Login)) && _seen.Add(path))
                _hits.Add(hit);
        }

        _pending.RemoveRange(frame.FirstPending, _pending.Count - frame.FirstPending);
    }

    private readonly bool IsSecret(in Utf8JsonReader reader, SecretKind kind)
    {
        try
        {
            return SensitiveValues.IsSecret(kind, in reader, _names);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: nobody's password, and no reason to stop.
            return false;
        }
    }

    private static bool TryCopy(in Utf8JsonReader reader, Span<byte> target, out int length)
    {
        try
        {
            length = reader.CopyString(target);
            return true;
        }
        catch (InvalidOperationException)
        {
            length = 0;
            return false;
        }
    }

    private readonly List<JsonStep> Steps(int owner)
    {
        var steps = new List<JsonStep>(owner);
        for (var i = 1; i <= owner; i++)
            steps.Add(_frames[i].IsArray ? new JsonStep(null, _frames[i].Index) : new JsonStep(NameOf(in _frames[i]), 0));
        return steps;
    }

    private readonly string NameOf(in Frame frame)
    {
        try
        {
            var reader = new Utf8JsonReader(_json.Slice(frame.NameStart - 1, frame.NameLength + 2));
            return reader.Read() && reader.GetString() is { } name ? name : "";
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }

    /// <summary>One open object or array.</summary>
    private struct Frame
    {
        public bool IsArray;
        public bool IsTexts;
        public bool OpensTexts;
        public SecretKind Kind;
        public Beside Beside;
        public int Index;
        public int NameStart;
        public int NameLength;
        public int FirstPending;
        public ulong NameHash;
        public ulong Path;
    }
}
