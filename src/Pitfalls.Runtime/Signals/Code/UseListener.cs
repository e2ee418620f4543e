namespace Pitfalls.Runtime.Signals.Code;

/// <summary>Notes, method by method, who changes which collection and who assigns which field; <see cref="Finish"/> puts it together.</summary>
internal sealed class UseListener : ICodeListener
{
    private readonly CallGraph _graph = new();
    private readonly List<RawUse> _uses = [];
    private readonly List<RawPass> _passes = [];
    private readonly Dictionary<(MethodKey Method, int Argument), List<RawUse>> _byArgument = [];
    private readonly Dictionary<FieldKey, Origin> _aliases = [];
    private readonly Dictionary<FieldKey, List<FieldAssignment>> _assignments = [];
    private readonly HashSet<(string Assembly, string Type)> _constructed = [];
    private readonly Dictionary<MethodKey, FieldKey> _setters = [];
    private readonly List<(MethodKey Setter, FieldAssignment Place)> _sets = [];

    public void Begin(CodeModule module) => _graph.AddTypes(module);

    public void Visit(CodeMethod method)
    {
        _graph.Add(method);
        foreach (var call in method.Calls)
        {
            var isLocked = method.IsLockedAt(call.Offset);
            if (call is { IsNew: true, Callee.IsUsers: true })
                _constructed.Add((call.Callee.Key.Assembly, call.Callee.Key.Type));
            if (CollectionCalls.EffectOf(call.Callee.Key) is not CollectionEffect.None and var effect)
                Note(new RawUse(method.Key, method.Id, call.Offset, effect, isLocked, call.Argument(0), CollectionCalls.IsMemoryCache(call.Callee.Key)));
            else if (call.Callee.IsUsers)
            {
                if (call.Callee.Key.Name.StartsWith("set_", StringComparison.Ordinal))
                    _sets.Add((call.Callee.Key, new FieldAssignment(method.Id, call.Offset, method.IsConstructor && CodeNames.AuthorsType(method.Key.Type) == call.Callee.Key.Type)));
                for (var i = 0; i < call.Arguments.Length; i++)
                {
                    if (call.Arguments[i].Kind is OriginKind.Field or OriginKind.Argument)
                        _passes.Add(new RawPass(call.Callee.Key, i, call.Arguments[i], method.Key, method.Id, call.Offset, isLocked));
                }
            }
        }

        foreach (var store in method.Stores)
        {
            if (store.Field.IsCompilers)
            {
                // A local of an async method, a captured variable: another name of what was put into it. Two things put into it are none.
                // What is set to null at the end of the method to be forgotten is not put into it.
                if (store.Value.Kind != OriginKind.Null && !_aliases.TryAdd(store.Field, store.Value) && _aliases[store.Field] != store.Value)
                    _aliases[store.Field] = Origin.Unknown;
            }
            else if (store.Value.Kind == OriginKind.Argument && method.Key.Name.StartsWith("set_", StringComparison.Ordinal))
            {
                // Not the property's setter assigns the field, but whoever sets the property.
                _setters[method.Key] = store.Field;
            }
            else if (store.Value.Kind != OriginKind.Null)
            {
                Put(_assignments, store.Field, new FieldAssignment(method.Id, store.Offset, method.IsConstructor && CodeNames.AuthorsType(method.Key.Type) == store.Field.Type));
            }
        }
    }

    public UseIndex Finish()
    {
        _graph.Close();
        var byField = new Dictionary<FieldKey, List<CollectionUse>>();
        var caches = new List<CollectionUse>();
        foreach (var use in _uses)
        {
            if (Resolve(use.Target) is { Kind: OriginKind.Field, Field: { } field })
                Put(byField, field, Made(use, field));
            if (use.IsMemoryCache)
                caches.Add(Made(use, null));
        }

        // A collection handed to a method that changes its parameter: the one who hands it over changes it. One level, like the locks.
        foreach (var pass in _passes)
        {
            if (Resolve(pass.Value) is not { Kind: OriginKind.Field, Field: { } field })
                continue;
            foreach (var target in _graph.TargetsOf(pass.Callee))
            {
                foreach (var use in _byArgument.GetValueOrDefault((target, pass.Argument)) ?? [])
                    Put(byField, field, Made(new RawUse(pass.Caller, pass.Method, pass.Offset, use.Effect, use.IsLocked || pass.IsLocked, pass.Value, false), field));
            }
        }

        foreach (var (setter, place) in _sets)
        {
            if (_setters.TryGetValue(setter, out var field))
                Put(_assignments, field, place);
        }

        return new UseIndex(byField, caches, _assignments, _constructed, _aliases);
    }

    private static void Put<T>(Dictionary<FieldKey, List<T>> byField, FieldKey field, T place)
    {
        if (!byField.TryGetValue(field, out var places))
            byField[field] = places = [];
        if (!places.Contains(place))
            places.Add(place);
    }

    private void Note(RawUse use)
    {
        _uses.Add(use);
        // The parameter of an async method lives in a field of its state machine: the alias leads back to it.
        if (use.Target.Kind == OriginKind.Argument)
            AddByArgument(use.Key, use.Target.Number, use);
        else if (use.Target is { Kind: OriginKind.Field, Field: { IsCompilers: true } field })
            _graph.Later(() =>
            {
                if (Resolve(Origin.OfField(field)) is { Kind: OriginKind.Argument, Number: var number } && _graph.OwnerOf(use.Key) is { } owner)
                    AddByArgument(owner, number, use);
            });
    }

    private void AddByArgument(in MethodKey method, int argument, RawUse use)
    {
        if (!_byArgument.TryGetValue((method, argument), out var uses))
            _byArgument[(method, argument)] = uses = [];
        uses.Add(use);
    }

    private Origin Resolve(Origin origin) => UseIndex.Resolve(_aliases, origin);

    private CollectionUse Made(RawUse use, FieldKey? field)
    {
        var isConstruction = use.Key.Name is ".cctor" || (use.Key.Name is ".ctor" && field is not null && use.Target.Kind == OriginKind.Field && use.Key.Type == field.Type);
        return new CollectionUse(
            use.Method,
            use.Offset,
            use.Effect,
            use.IsLocked || _graph.IsAlwaysCalledLocked(use.Key),
            !isConstruction && _graph.IsReachedByRequests(use.Key),
            isConstruction);
    }

    private readonly record struct RawUse(MethodKey Key, MethodId Method, int Offset, CollectionEffect Effect, bool IsLocked, Origin Target, bool IsMemoryCache);

    private readonly record struct RawPass(MethodKey Callee, int Argument, Origin Value, MethodKey Caller, MethodId Method, int Offset, bool IsLocked);
}
