using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Code;

/// <summary>
/// Reads the code of the user's assemblies, once, for all who listen, on the caller's thread: hundreds of milliseconds for a large app,
/// so never on a request. The files are open while it runs and nothing of them is kept.
/// </summary>
internal sealed class CodeScan(UserCode userCode)
{
    // Getters that hand out a field and wrappers around a lock are short, even as state machines.
    private const int ShortMethod = 400;

    /// <summary>The loaded assemblies whose code is the user's.</summary>
    public Assembly[] Assemblies() =>
        [.. AppDomain.CurrentDomain.GetAssemblies().Where(a => !a.IsDynamic && !a.IsCollectible && userCode.Contains(a))];

    /// <returns>The assemblies that could not be read: no file beside them, or another one than was loaded.</returns>
    public IReadOnlyList<Assembly> Read(IReadOnlyList<Assembly> assemblies, params ReadOnlySpan<ICodeListener> listeners)
    {
        var unread = new List<Assembly>();
        var modules = new List<CodeModule>();
        try
        {
            for (var i = 0; i < assemblies.Count; i++)
            {
                if (CodeModule.Open(i, assemblies[i], IsUsers) is { } module)
                    modules.Add(module);
                else
                    unread.Add(assemblies[i]);
            }

            var shortcuts = Shortcuts(modules);
            foreach (var module in modules)
            {
                foreach (var listener in listeners)
                    listener.Begin(module);
                foreach (var handle in module.Reader.MethodDefinitions)
                {
                    if (shortcuts.Read(module, handle) is not { } method)
                        continue;
                    foreach (var listener in listeners)
                        listener.Visit(method);
                }
            }
        }
        finally
        {
            foreach (var module in modules)
                module.Dispose();
        }

        return unread;
    }

    /// <summary>Where the collection in a call came from: for one method that is of interest all of a sudden.</summary>
    /// <param name="method">The method.</param>
    /// <param name="offset">Where the stack says it is: the call's own offset, or the start of its statement.</param>
    /// <param name="callee">The name of the method called, as the stack tells it; what was inlined is missing there.</param>
    public Origin ReceiverAt(MethodBase method, int offset, string callee)
    {
        using var module = CodeModule.Open(0, method.Module.Assembly, IsUsers);
        if (module is null)
            return Origin.Unknown;
        var handle = (MethodDefinitionHandle)MetadataTokens.EntityHandle(method.MetadataToken);
        if (Shortcuts([module]).Read(module, handle) is not { } read)
            return Origin.Unknown;
        var calls = read.Calls.FindAll(c => c.Callee.Key.Name == callee && IsAboutCollections(c.Callee.Key));
        if (calls.Count == 0)
            calls = read.Calls.FindAll(c => IsAboutCollections(c.Callee.Key));
        var call = calls.Find(c => c.Offset >= offset) is { Callee: not null } next ? next : calls.LastOrDefault();
        return call.Callee is null ? Origin.Unknown : Array.Find(call.Arguments, a => a.Kind == OriginKind.Field);
    }

    private static bool IsAboutCollections(in MethodKey key) =>
        key.Type.StartsWith("System.Collections.", StringComparison.Ordinal) || key.Type.StartsWith("System.Linq.", StringComparison.Ordinal)
        || (key.Type == "System.String" && key.Name is "Join" or "Concat");

    private bool IsUsers(string assembly) => userCode.Assemblies.Contains(assembly);

    /// <summary>What must be known before: getters that hand out a field, and wrappers that take a lock for their caller.</summary>
    private static CodeReader Shortcuts(IReadOnlyList<CodeModule> modules)
    {
        var getters = new Dictionary<MethodKey, FieldKey>();
        var locks = new Dictionary<(string Assembly, string Type, string Method), LockEffect>();
        var reader = new CodeReader(_ => null, _ => LockEffect.None);
        foreach (var module in modules)
        {
            foreach (var handle in module.Reader.MethodDefinitions)
            {
                if (reader.Read(module, handle, ShortMethod) is not { } method)
                    continue;
                if (method is { Returned: { Kind: OriginKind.Field, Field: { } field }, Key.Parameters: 0 })
                    getters[method.Key] = field;
                if (method.Locks is not ({ HandsOut: true } or { TakesBack: true }))
                    continue;
                var isAsync = method.Key.Name == "MoveNext" && CodeNames.IsCompilers(method.Key.Type);
                var (type, name) = isAsync ? CodeNames.AuthorsMethod(method.Key.Type) : (method.Key.Type, method.Key.Name);
                locks[(module.Name, type, name)] = method.Locks.TakesBack ? LockEffect.Release
                    : isAsync || module.CalleeOf(method.Id.Token)!.ReturnsValue ? LockEffect.AcquireUntilDisposed
                    : LockEffect.Acquire;
            }
        }

        return new CodeReader(key => getters.GetValueOrDefault(key), key => locks.GetValueOrDefault((key.Assembly, key.Type, key.Name)));
    }
}
