using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;

namespace Pitfalls.Runtime.Symbols;

/// <summary>File and line of a method, from its portable PDB, beside the assembly or embedded in it.</summary>
internal sealed class SourceLines : IDisposable
{
    private const int MaxOpen = 64;

    private readonly ConcurrentDictionary<Module, MetadataReaderProvider?> _pdbs = new();

    /// <summary>Where the method's body starts; for async methods and iterators that of the author's body.</summary>
    public SourceLine? Of(MethodBase method) => At(method, ilOffset: null);

    /// <summary>The statement at an IL offset; <see langword="null"/> where there is no PDB.</summary>
    public SourceLine? At(MethodBase method, int? ilOffset)
    {
        if (ilOffset is null && StateMachineOf(method) is { } moveNext)
            method = moveNext;
        try
        {
            return PdbOf(method.Module) is { } pdb ? Find(pdb.GetMetadataReader(), method, ilOffset) : null;
        }
        catch (Exception exception) when (exception is BadImageFormatException or IOException or InvalidOperationException or ArgumentException)
        {
            // A damaged or foreign PDB: the function's name has to do.
            return null;
        }
    }

    public void Dispose()
    {
        foreach (var pdb in _pdbs.Values)
            pdb?.Dispose();
        _pdbs.Clear();
    }

    /// <summary>The body of an async method or iterator; <see langword="null"/> for any other. Read as data: no attribute's code runs.</summary>
    public static MethodInfo? StateMachineOf(MethodBase method) =>
        method.GetCustomAttributesData().FirstOrDefault(a => typeof(StateMachineAttribute).IsAssignableFrom(a.AttributeType)) is
            { ConstructorArguments: [{ Value: Type machine }] }
            ? machine.GetMethod("MoveNext", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)
            : null;

    private static SourceLine? Find(MetadataReader pdb, MethodBase method, int? ilOffset)
    {
        var row = method.MetadataToken & 0x00FFFFFF;
        if (row == 0 || row > pdb.MethodDebugInformation.Count)
            return null;
        SequencePoint? best = null;
        foreach (var point in pdb.GetMethodDebugInformation(MetadataTokens.MethodDebugInformationHandle(row)).GetSequencePoints())
        {
            if (point.IsHidden)
                continue;
            if (best is not null && (ilOffset is null || point.Offset > ilOffset))
                break;
            best = point;
        }

        return best is { } found
            ? new SourceLine(pdb.GetString(pdb.GetDocument(found.Document).Name), found.StartLine)
            : null;
    }

    [SuppressMessage("SingleFile", "IL3000", Justification = "an empty location means no file beside the assembly; that is handled")]
    private MetadataReaderProvider? PdbOf(Module module)
    {
        if (_pdbs.TryGetValue(module, out var known))
            return known;
        var opened = _pdbs.Count < MaxOpen ? Open(module.Assembly.Location) : null;
        if (_pdbs.TryAdd(module, opened))
            return opened;
        opened?.Dispose();
        return _pdbs[module];
    }

    private static MetadataReaderProvider? Open(string assembly)
    {
        if (assembly.Length == 0 || !File.Exists(assembly))
            return null;
        using var image = new PEReader(File.OpenRead(assembly));
        // Read whole into memory: a file left open would stand in the way of the next build.
        return image.TryOpenAssociatedPortablePdb(
            assembly,
            path => File.Exists(path) ? new MemoryStream(File.ReadAllBytes(path)) : null,
            out var provider,
            out _)
            ? Detached(provider!)
            : null;
    }

    /// <summary>An embedded PDB's memory belongs to the image that is about to close: keep a copy.</summary>
    private static unsafe MetadataReaderProvider Detached(MetadataReaderProvider provider)
    {
        using (provider)
        {
            var reader = provider.GetMetadataReader();
            var copy = new ReadOnlySpan<byte>(reader.MetadataPointer, reader.MetadataLength).ToArray();
            return MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(copy), MetadataStreamOptions.PrefetchMetadata);
        }
    }
}

/// <summary>A place in a source file; the path is the one the compiler wrote.</summary>
internal readonly record struct SourceLine(string Path, int Line)
{
    /// <summary>The file's name. Paths of both kinds: the app may have been built elsewhere.</summary>
    public string FileName => Path[(Path.LastIndexOfAny(['/', '\\']) + 1)..];
}
