using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace PluginGateway.Loading.Inspection;

/// <summary>Names of types as text, by which a reference in one assembly can be compared with a definition in another.</summary>
/// <param name="referred">Called with each type of another assembly that a decoded signature has; null: not needed.</param>
internal sealed class SignatureNames(Action<TypeReferenceHandle>? referred = null) : ISignatureTypeProvider<string, object?>, ICustomAttributeTypeProvider<string>
{
    public static readonly SignatureNames Instance = new();

    private const int MaxNesting = 64;
    private const int MaxSignature = 1024;

    /// <summary>Returns the full name of a definition; a nested type after its outer one and a plus sign.</summary>
    public static string Of(MetadataReader reader, TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        var name = Join(reader.GetString(type.Namespace), reader.GetString(type.Name));
        for (var depth = 0; type.IsNested; depth++)
        {
            Bound(depth);
            type = reader.GetTypeDefinition(type.GetDeclaringType());
            name = Join(reader.GetString(type.Namespace), reader.GetString(type.Name)) + "+" + name;
        }

        return name;
    }

    /// <summary>Returns the full name of a reference.</summary>
    public static string Of(MetadataReader reader, TypeReferenceHandle handle)
    {
        var type = reader.GetTypeReference(handle);
        var name = Join(reader.GetString(type.Namespace), reader.GetString(type.Name));
        for (var depth = 0; type.ResolutionScope.Kind == HandleKind.TypeReference; depth++)
        {
            Bound(depth);
            type = reader.GetTypeReference((TypeReferenceHandle)type.ResolutionScope);
            name = Join(reader.GetString(type.Namespace), reader.GetString(type.Name)) + "+" + name;
        }

        return name;
    }

    /// <summary>Returns the assembly of a type reference, or null when it is this one.</summary>
    public static string? AssemblyOf(MetadataReader reader, TypeReferenceHandle handle)
    {
        var scope = reader.GetTypeReference(handle).ResolutionScope;
        for (var depth = 0; scope.Kind == HandleKind.TypeReference; depth++)
        {
            Bound(depth);
            scope = reader.GetTypeReference((TypeReferenceHandle)scope).ResolutionScope;
        }

        return scope.Kind == HandleKind.AssemblyReference ? reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)scope).Name) : null;
    }

    /// <summary>Refuses a signature so long that decoding it could overflow the stack, which would end the process.</summary>
    public static void Bound(MetadataReader reader, BlobHandle signature)
    {
        if (reader.GetBlobReader(signature).Length > MaxSignature) throw new BadImageFormatException("A signature is too long.");
    }

    /// <summary>Returns a method's signature: return type, count of type parameters, parameters.</summary>
    public static string Text(MethodSignature<string> signature) =>
        $"{(signature.Header.IsInstance ? "" : "static ")}{signature.ReturnType} `{signature.GenericParameterCount}({string.Join(", ", signature.ParameterTypes)})";

    public string GetPrimitiveType(PrimitiveTypeCode typeCode) => "System." + typeCode;

    public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => Of(reader, handle);

    public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        referred?.Invoke(handle);
        return Of(reader, handle);
    }

    // Reached only for a modifier of a signature, where no compiler puts one; decoding it could go in a circle.
    public string GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
        "specification";

    public string GetSZArrayType(string elementType) => elementType + "[]";

    public string GetArrayType(string elementType, ArrayShape shape) => $"{elementType}[rank {shape.Rank}]";

    public string GetByReferenceType(string elementType) => elementType + "&";

    public string GetPointerType(string elementType) => elementType + "*";

    public string GetPinnedType(string elementType) => elementType;

    public string GetFunctionPointerType(MethodSignature<string> signature) => "fn " + Text(signature);

    public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) =>
        $"{genericType}<{string.Join(", ", typeArguments)}>";

    public string GetGenericMethodParameter(object? genericContext, int index) => "!!" + index;

    public string GetGenericTypeParameter(object? genericContext, int index) => "!" + index;

    public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) =>
        $"{unmodifiedType} {(isRequired ? "modreq" : "modopt")}({modifier})";

    public string GetSystemType() => "System.Type";

    public bool IsSystemType(string type) => type == "System.Type";

    public string GetTypeFromSerializedName(string name) => name;

    // Every enumeration of the contract is an int; any other attribute is not decoded.
    public PrimitiveTypeCode GetUnderlyingEnumType(string type) => PrimitiveTypeCode.Int32;

    // Damaged metadata can nest a type in itself.
    private static void Bound(int depth)
    {
        if (depth > MaxNesting) throw new BadImageFormatException("Types are nested in a circle.");
    }

    private static string Join(string space, string name) => space.Length == 0 ? name : space + "." + name;
}
