using System.Reflection;

using Pitfalls.Runtime.Diagnostics;
using Pitfalls.Runtime.Symbols;

namespace Pitfalls.Runtime.Signals.Code;

/// <summary>
/// Answers questions about the user's code. It is read when the first question comes, in the Production profile perhaps never, and again
/// when more of it has been loaded. Ask on a background thread only.
/// </summary>
internal sealed class CodeBook(CodeScan scan, SourceLocator locator, StatusNotes notes)
{
    private readonly Lock _lock = new();
    private Assembly[] _assemblies = [];
    private readonly Dictionary<FieldKey, IReadOnlyList<CodePlace>> _changes = [];
    private UseIndex? _index;

    /// <summary>The places that change what one of these fields holds.</summary>
    public IReadOnlyList<CodePlace> ChangesOf(IEnumerable<FieldInfo> fields)
    {
        // Asked again with every sample in which such a collection has changed.
        lock (_lock)
        {
            var index = Index();
            var places = new List<CodePlace>();
            foreach (var field in fields.Select(FieldKey.Of).Distinct())
            {
                if (!_changes.TryGetValue(field, out var known))
                    _changes[field] = known = Places(index.UsesOf(field));
                places.AddRange(known.Except(places));
            }

            return places;
        }
    }

    /// <summary>The field that holds the collection a method is busy with at an offset; <see langword="null"/> when the code does not tell.</summary>
    public FieldKey? FieldAt(MethodBase method, int offset, string callee)
    {
        try
        {
            return Index().Behind(scan.ReceiverAt(method, offset, callee));
        }
        catch (Exception exception) when (exception is IOException or BadImageFormatException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The places that put something into a shared <c>MemoryCache</c>.</summary>
    public IReadOnlyList<CodePlace> MemoryCacheChanges() => Places(Index().MemoryCacheUses);

    /// <summary>The places that assign the field, those outside of its own constructors first.</summary>
    public IReadOnlyList<CodePlace> AssignmentsOf(FieldInfo field) =>
        [.. Index().AssignmentsOf(FieldKey.Of(field))
            .OrderBy(a => a.IsConstruction)
            .Select(a => Place(a.Method, a.Offset, new CodePlace { Location = null!, IsConstruction = a.IsConstruction }))
            .OfType<CodePlace>()];

    /// <summary>Whether user code makes objects of this type by itself, so that one need not come from the container.</summary>
    public bool IsConstructed(Type type)
    {
        var definition = type.IsConstructedGenericType ? type.GetGenericTypeDefinition() : type;
        return Index().IsConstructed(definition.Assembly.GetName().Name ?? "", definition.FullName ?? "");
    }

    private List<CodePlace> Places(IEnumerable<CollectionUse> uses) =>
        [.. uses.Distinct()
            .Select(u => Place(u.Method, u.Offset, new CodePlace
            {
                Location = null!,
                Adds = u.Effect == CollectionEffect.Adds,
                IsLocked = u.IsLocked,
                IsFromRequests = u.IsFromRequests,
                IsConstruction = u.IsConstruction,
            }))
            .OfType<CodePlace>()];

    private CodePlace? Place(MethodId id, int offset, CodePlace facts)
    {
        try
        {
            return _assemblies[id.Module].ManifestModule.ResolveMethod(id.Token) is { } method
                ? facts with { Location = locator.Locate(method, offset), Declared = SourceLocator.DeclaredAt(method) }
                : null;
        }
        catch (Exception exception) when (exception is ArgumentException or TypeLoadException or FileNotFoundException or BadImageFormatException)
        {
            // A method whose types are not all there cannot be named; what is left still can.
            return null;
        }
    }

    private UseIndex Index()
    {
        lock (_lock)
        {
            var assemblies = scan.Assemblies();
            if (_index is not null && assemblies.Length == _assemblies.Length)
                return _index;
            var uses = new UseListener();
            foreach (var unread in scan.Read(assemblies, uses))
                notes.Add($"The code of {unread.GetName().Name} cannot be read (no file beside the app, or another one than was loaded): findings about it name no writers.");
            _assemblies = assemblies;
            _changes.Clear();
            return _index = uses.Finish();
        }
    }
}
