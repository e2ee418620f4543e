using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Pitfalls.Runtime.Signals.State;

/// <summary>
/// The closed forms of generic types that an assembly's code names: <c>Cache&lt;Order&gt;</c>. Each has statics of its own, and reflection
/// cannot list them. Read from the loaded metadata; no code is looked at.
/// </summary>
internal static class ClosedTypes
{
    public static unsafe IReadOnlyList<Type> NamedIn(Assembly assembly, Func<Type, bool> isWanted)
    {
        if (!assembly.TryGetRawMetadata(out var blob, out var length))
            return [];
        var reader = new MetadataReader(blob, length);
        var types = new List<Type>();
        for (var row = 1; row <= reader.GetTableRowCount(TableIndex.TypeSpec); row++)
        {
            var handle = MetadataTokens.TypeSpecificationHandle(row);
            try
            {
                if (reader.GetTypeSpecification(handle).DecodeSignature(Shape.Instance, null) == Form.ClosedGeneric
                    && assembly.ManifestModule.ResolveType(MetadataTokens.GetToken(handle)) is var type
                    && isWanted(type))
                    types.Add(type);
            }
            catch (Exception exception) when (exception is BadImageFormatException or ArgumentException or TypeLoadException or IOException)
            {
                // A type that cannot be loaded has no statics.
            }
        }

        return types;
    }

    private enum Form
    {
        /// <summary>It depends on a type parameter of whoever names it.</summary>
        Open,
        Plain,
        ClosedGeneric,
    }

    private sealed class Shape : ISignatureTypeProvider<Form, object?>
    {
        public static readonly Shape Instance = new();

        public Form GetGenericInstantiation(Form genericType, ImmutableArray<Form> typeArguments) =>
            typeArguments.Contains(Form.Open) ? Form.Open : Form.ClosedGeneric;

        public Form GetGenericMethodParameter(object? genericContext, int index) => Form.Open;

        public Form GetGenericTypeParameter(object? genericContext, int index) => Form.Open;

        public Form GetArrayType(Form elementType, ArrayShape shape) => Element(elementType);

        public Form GetSZArrayType(Form elementType) => Element(elementType);

        public Form GetByReferenceType(Form elementType) => Form.Open;

        public Form GetPointerType(Form elementType) => Form.Open;

        public Form GetFunctionPointerType(MethodSignature<Form> signature) => Form.Open;

        public Form GetModifiedType(Form modifier, Form unmodifiedType, bool isRequired) => unmodifiedType;

        public Form GetPinnedType(Form elementType) => elementType;

        public Form GetPrimitiveType(PrimitiveTypeCode typeCode) => Form.Plain;

        public Form GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => Form.Plain;

        public Form GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => Form.Plain;

        public Form GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        private static Form Element(Form element) => element == Form.Open ? Form.Open : Form.Plain;
    }
}
