namespace Pitfalls.Runtime.Signals.Code;

/// <summary>
/// Who calls whom in the user's code, through interfaces and overrides too: enough to tell whether every way to a method holds a lock, and
/// whether anything but start-up code and hosted services leads there. Delegates count as called where they are handed over.
/// </summary>
internal sealed class CallGraph
{
    private readonly Dictionary<(string Assembly, string Type), List<(string Assembly, string Type)>> _bases = [];
    private readonly Dictionary<(string Assembly, string Type), List<(string Assembly, string Type)>> _subtypes = [];
    private readonly HashSet<MethodKey> _methods = [];
    private readonly HashSet<MethodKey> _locking = [];
    private readonly Dictionary<(string Assembly, string Machine), MethodKey> _owners = [];
    private readonly List<Call> _calls = [];
    private readonly HashSet<MethodKey> _background = [];
    private readonly List<Action> _later = [];
    private readonly Dictionary<MethodKey, List<Call>> _callers = [];
    private readonly Dictionary<MethodKey, bool> _locked = [];
    private readonly Dictionary<MethodKey, bool> _requests = [];

    public void AddTypes(CodeModule module)
    {
        foreach (var handle in module.Reader.TypeDefinitions)
        {
            var definition = module.Reader.GetTypeDefinition(handle);
            var type = module.TypeOf(handle);
            if (!definition.BaseType.IsNil)
                AddBase(type, module.TypeOf(definition.BaseType));
            foreach (var implementation in definition.GetInterfaceImplementations())
                AddBase(type, module.TypeOf(module.Reader.GetInterfaceImplementation(implementation).Interface));
        }
    }

    public void Add(CodeMethod method)
    {
        _methods.Add(method.Key);
        if (method.Locks.Acquires || method.IsSynchronized)
            _locking.Add(method.Key);
        foreach (var call in method.Calls)
        {
            var isLocked = method.IsLockedAt(call.Offset);
            if (call.Callee.IsUsers)
            {
                _calls.Add(new Call(method.Key, call.Callee.Key, isLocked, IsHandover: false));
                if (call.IsNew)
                    AddOwner(method, call.Callee.Key.Assembly, call.Callee.Key.Type);
            }

            foreach (var argument in call.Arguments)
            {
                if (argument.Kind != OriginKind.Delegate)
                    continue;
                if (BackgroundWork.IsBegunBy(call, method.IsConstructor))
                    _background.Add(argument.Method);
                // The pool runs it later, for whoever asked for it, and outside of any lock of theirs.
                if (BackgroundWork.IsPool(call.Callee.Key))
                {
                    _calls.Add(new Call(method.Key, argument.Method, IsLocked: false, IsHandover: false, IsLater: true));
                    continue;
                }

                // The delegate's own constructor hands nothing over yet.
                if (!(call.IsNew && call.Callee.Key is { Name: ".ctor", Parameters: 2 } && !call.Callee.IsUsers))
                    _calls.Add(new Call(method.Key, argument.Method, isLocked, IsHandover: true, call.Callee.IsUsers ? call.Callee.Key : null));
            }
        }

        foreach (var store in method.Stores)
        {
            if (store.Field.IsCompilers)
                AddOwner(method, store.Field.Assembly, store.Field.Type);
        }
    }

    /// <summary>Done when everything has been read.</summary>
    public void Later(Action action) => _later.Add(action);

    public void Close()
    {
        foreach (var call in _calls)
        {
            var isLocked = call.IsLocked || (call.Receiver is { } receiver && _locking.Contains(receiver));
            foreach (var target in TargetsOf(call.Callee))
            {
                if (!_callers.TryGetValue(target, out var callers))
                    _callers[target] = callers = [];
                callers.Add(call with { Caller = OwnerOf(call.Caller) ?? call.Caller, IsLocked = isLocked });
            }
        }

        _calls.Clear();
        foreach (var action in _later)
            action();
        _later.Clear();
    }

    /// <summary>The author's method whose body a state machine's <c>MoveNext</c> is.</summary>
    public MethodKey? OwnerOf(in MethodKey method) =>
        method.Name == "MoveNext" && _owners.TryGetValue((method.Assembly, method.Type), out var owner) ? owner : null;

    /// <summary>The methods of the user's that a call may end in.</summary>
    public IEnumerable<MethodKey> TargetsOf(MethodKey callee)
    {
        if (_methods.Contains(callee))
            yield return callee;
        foreach (var type in SubtypesOf((callee.Assembly, callee.Type), []))
        {
            var implementation = callee with { Assembly = type.Assembly, Type = type.Type };
            if (_methods.Contains(implementation))
                yield return implementation;
            // An explicit implementation carries the interface's name.
            var plain = callee.Type.IndexOf('`', StringComparison.Ordinal) is > 0 and var arity ? callee.Type[..arity] : callee.Type;
            var isExplicit = implementation with { Name = $"{plain}.{callee.Name}" };
            if (_methods.Contains(isExplicit))
                yield return isExplicit;
        }
    }

    /// <summary>Whether there is a way here at all, and every way holds a lock.</summary>
    public bool IsAlwaysCalledLocked(in MethodKey method) => IsAlwaysCalledLocked(OwnerOf(method) ?? method, 0);

    /// <summary>Whether anything but start-up code, hosted services and the app's own threads and timers leads here.</summary>
    public bool IsReachedByRequests(in MethodKey method)
    {
        var start = OwnerOf(method) ?? method;
        if (_requests.TryGetValue(start, out var known))
            return known;
        var seen = new HashSet<MethodKey> { start };
        var open = new Queue<MethodKey>([start]);
        var reached = false;
        while (!reached && open.TryDequeue(out var at))
        {
            // Whoever is handed a delegate decides when it runs: it begins a way of its own.
            var callers = _callers.GetValueOrDefault(at)?.Where(c => !c.IsHandover || c.Receiver is not null).ToList();
            if (_background.Contains(at))
                callers?.RemoveAll(c => c.IsLater);
            if (callers is not { Count: > 0 })
                reached = IsRequestCode(at);
            else
            {
                foreach (var caller in callers.Where(c => seen.Add(c.Caller)))
                    open.Enqueue(caller.Caller);
            }
        }

        return _requests[start] = reached;
    }

    private bool IsAlwaysCalledLocked(MethodKey method, int depth)
    {
        if (_locked.TryGetValue(method, out var known))
            return known;
        if (depth > 3 || !_callers.TryGetValue(method, out var callers))
            return false;
        return _locked[method] = callers.TrueForAll(c => c.IsLocked || (!c.IsLater && c.Caller != method && IsAlwaysCalledLocked(c.Caller, depth + 1)));
    }

    private bool IsRequestCode(in MethodKey method) =>
        method.Name is not (".cctor" or "Main" or "<Main>$")
        && !_background.Contains(method)
        && !IsHosted((method.Assembly, CodeNames.AuthorsType(method.Type)), []);

    private bool IsHosted((string Assembly, string Type) type, HashSet<(string, string)> seen) =>
        BackgroundWork.IsRunBy(type.Type)
        || (seen.Add(type) && _bases.TryGetValue(type, out var bases) && bases.Exists(b => IsHosted(b, seen)));

    private IEnumerable<(string Assembly, string Type)> SubtypesOf((string Assembly, string Type) type, HashSet<(string, string)> seen)
    {
        foreach (var subtype in _subtypes.GetValueOrDefault(type) ?? [])
        {
            if (!seen.Add(subtype))
                continue;
            yield return subtype;
            foreach (var further in SubtypesOf(subtype, seen))
                yield return further;
        }
    }

    private void AddBase((string Assembly, string Type) type, (string Assembly, string Type) baseType)
    {
        if (!_bases.TryGetValue(type, out var bases))
            _bases[type] = bases = [];
        bases.Add(baseType);
        if (!_subtypes.TryGetValue(baseType, out var subtypes))
            _subtypes[baseType] = subtypes = [];
        subtypes.Add(type);
    }

    private void AddOwner(CodeMethod method, string assembly, string type)
    {
        // <AddAsync>d__3, first touched by the method AddAsync that starts it. Dots (of constructors, of explicit implementations) become dashes there.
        var name = type.AsSpan(type.LastIndexOf('+') + 1);
        var author = method.Key.Name.Contains('.', StringComparison.Ordinal) ? method.Key.Name.Replace('.', '-') : method.Key.Name;
        if (type != method.Key.Type && name.Length > author.Length + 2 && name[0] == '<'
            && name[1..].StartsWith(author, StringComparison.Ordinal) && name[(author.Length + 1)..].StartsWith(">d"))
            _owners.TryAdd((assembly, type), method.Key);
    }

    private readonly record struct Call(MethodKey Caller, MethodKey Callee, bool IsLocked, bool IsHandover, MethodKey? Receiver = null, bool IsLater = false);
}
