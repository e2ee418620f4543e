using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Pitfalls.Runtime.Signals.Code;

/// <summary>An assembly's code as it lies in its file: names and instructions, no type is loaded for it. Open only while it is read.</summary>
internal sealed class CodeModule : IDisposable
{
    private readonly PEReader _image;
    private readonly Func<string, bool> _isUsers;
    private readonly Dictionary<int, Callee?> _callees = [];
    private readonly Dictionary<int, FieldKey?> _fields = [];
    private readonly Dictionary<EntityHandle, (string Assembly, string Type)> _types = [];

    private CodeModule(int number, Assembly assembly, PEReader image, Func<string, bool> isUsers)
    {
        Number = number;
        Assembly = assembly;
        Name = assembly.GetName().Name ?? "";
        _image = image;
        _isUsers = isUsers;
        Reader = image.GetMetadataReader();
    }

    public int Number { get; }

    public Assembly Assembly { get; }

    public string Name { get; }

    public MetadataReader Reader { get; }

    /// <returns><see langword="null"/> when there is no file, or another one than was loaded.</returns>
    [SuppressMessage("SingleFile", "IL3000", Justification = "an empty location means no file beside the assembly; that is handled")]
    public static CodeModule? Open(int number, Assembly assembly, Func<string, bool> isUsers)
    {
        var path = assembly.IsDynamic ? "" : assembly.Location;
        if (path.Length == 0 || !File.Exists(path))
            return null;
        var image = new PEReader(File.OpenRead(path), PEStreamOptions.PrefetchEntireImage);
        try
        {
            var module = new CodeModule(number, assembly, image, isUsers);
            // The file may have been replaced since: its tokens would name other methods.
            if (module.Reader.GetGuid(module.Reader.GetModuleDefinition().Mvid) == assembly.ManifestModule.ModuleVersionId)
                return module;
        }
        catch (BadImageFormatException)
        {
            // Not ours to judge: the runtime has loaded it, we cannot read it.
        }

        image.Dispose();
        return null;
    }

    public MethodBodyBlock? BodyOf(in MethodDefinition method)
    {
        try
        {
            return method.RelativeVirtualAddress == 0 ? null : _image.GetMethodBody(method.RelativeVirtualAddress);
        }
        catch (BadImageFormatException)
        {
            return null;
        }
    }

    /// <summary>The method a call names; <see langword="null"/> for an indirect call.</summary>
    public Callee? CalleeOf(int token)
    {
        if (!_callees.TryGetValue(token, out var callee))
            _callees[token] = callee = ReadCallee(MetadataTokens.EntityHandle(token));
        return callee;
    }

    public FieldKey? FieldOf(int token)
    {
        if (!_fields.TryGetValue(token, out var field))
            _fields[token] = field = ReadField(MetadataTokens.EntityHandle(token));
        return field;
    }

    /// <summary>Whether the field holds a number, a flag or a text: nothing that could lead anywhere.</summary>
    public bool IsScalar(int token)
    {
        var handle = MetadataTokens.EntityHandle(token);
        var signature = handle.Kind == HandleKind.FieldDefinition
            ? Reader.GetFieldDefinition((FieldDefinitionHandle)handle).Signature
            : Reader.GetMemberReference((MemberReferenceHandle)handle).Signature;
        var blob = Reader.GetBlobReader(signature);
        blob.ReadSignatureHeader();
        return blob.ReadSignatureTypeCode() is >= SignatureTypeCode.Boolean and <= SignatureTypeCode.String;
    }

    public MethodKey KeyOf(MethodDefinitionHandle handle) => CalleeOf(MetadataTokens.GetToken(handle))!.Key;

    /// <summary>Assembly and full name of a type; of a generic one its definition's.</summary>
    public (string Assembly, string Type) TypeOf(EntityHandle handle)
    {
        if (!_types.TryGetValue(handle, out var type))
            _types[handle] = type = ReadType(handle);
        return type;
    }

    public void Dispose() => _image.Dispose();

    private (string Assembly, string Type) ReadType(EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                var definition = Reader.GetTypeDefinition((TypeDefinitionHandle)handle);
                return (Name, definition.GetDeclaringType() is { IsNil: false } outer
                    ? $"{TypeOf(outer).Type}+{Reader.GetString(definition.Name)}"
                    : FullName(definition.Namespace, definition.Name));
            case HandleKind.TypeReference:
                var reference = Reader.GetTypeReference((TypeReferenceHandle)handle);
                switch (reference.ResolutionScope.Kind)
                {
                    case HandleKind.TypeReference:
                        var (assembly, parent) = TypeOf(reference.ResolutionScope);
                        return (assembly, $"{parent}+{Reader.GetString(reference.Name)}");
                    case HandleKind.AssemblyReference:
                        return (Reader.GetString(Reader.GetAssemblyReference((AssemblyReferenceHandle)reference.ResolutionScope).Name), FullName(reference.Namespace, reference.Name));
                    default:
                        return (Name, FullName(reference.Namespace, reference.Name));
                }

            case HandleKind.TypeSpecification:
                return OfSignature(Reader.GetBlobReader(Reader.GetTypeSpecification((TypeSpecificationHandle)handle).Signature));
            default:
                return ("", "");
        }
    }

    private Callee? ReadCallee(EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.MethodDefinition:
                var definition = Reader.GetMethodDefinition((MethodDefinitionHandle)handle);
                return Make(definition.GetDeclaringType(), definition.Name, definition.Signature);
            case HandleKind.MemberReference:
                var reference = Reader.GetMemberReference((MemberReferenceHandle)handle);
                return reference.Parent.Kind == HandleKind.MethodDefinition
                    ? CalleeOf(MetadataTokens.GetToken(reference.Parent))
                    : Make(reference.Parent, reference.Name, reference.Signature);
            case HandleKind.MethodSpecification:
                return CalleeOf(MetadataTokens.GetToken(Reader.GetMethodSpecification((MethodSpecificationHandle)handle).Method));
            default:
                return null;
        }
    }

    private Callee Make(EntityHandle parent, StringHandle name, BlobHandle signature)
    {
        var (assembly, type) = TypeOf(parent);
        var (hasThis, parameters, returnsValue) = ReadSignature(signature);
        var isGeneric = Reader.GetBlobReader(signature).ReadSignatureHeader().IsGeneric;
        return new Callee(new MethodKey(assembly, type, Reader.GetString(name), parameters), hasThis, returnsValue, _isUsers(assembly), isGeneric);
    }

    /// <summary>How many arguments and results; also for <c>calli</c>, whose signature stands alone.</summary>
    public (bool HasThis, int Parameters, bool ReturnsValue) ReadSignature(BlobHandle signature)
    {
        var blob = Reader.GetBlobReader(signature);
        var header = blob.ReadSignatureHeader();
        if (header.IsGeneric)
            blob.ReadCompressedInteger();
        var parameters = blob.ReadCompressedInteger();
        var result = blob.ReadSignatureTypeCode();
        // The setter of an init property returns a modified void.
        while (result is SignatureTypeCode.RequiredModifier or SignatureTypeCode.OptionalModifier)
        {
            blob.ReadTypeHandle();
            result = blob.ReadSignatureTypeCode();
        }

        return (header.IsInstance, parameters, result != SignatureTypeCode.Void);
    }

    private FieldKey? ReadField(EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.FieldDefinition:
                var definition = Reader.GetFieldDefinition((FieldDefinitionHandle)handle);
                return new FieldKey(Name, TypeOf(definition.GetDeclaringType()).Type, Reader.GetString(definition.Name));
            case HandleKind.MemberReference:
                var reference = Reader.GetMemberReference((MemberReferenceHandle)handle);
                var (assembly, type) = TypeOf(reference.Parent);
                return new FieldKey(assembly, type, Reader.GetString(reference.Name));
            default:
                return null;
        }
    }

    /// <summary>The definition a signature is a closed form of; nothing for arrays, pointers and type parameters.</summary>
    private (string Assembly, string Type) OfSignature(BlobReader blob)
    {
        var code = blob.ReadSignatureTypeCode();
        if (code == SignatureTypeCode.GenericTypeInstance)
            code = blob.ReadSignatureTypeCode();
        return code == SignatureTypeCode.TypeHandle ? TypeOf(blob.ReadTypeHandle()) : ("", "");
    }

    private string FullName(StringHandle space, StringHandle name) =>
        space.IsNil ? Reader.GetString(name) : $"{Reader.GetString(space)}.{Reader.GetString(name)}";
}
