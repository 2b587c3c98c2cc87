using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Runtime.CompilerServices;

namespace PluginGateway.Loading;

/// <summary>Resolves every type and member to which a plugin's code refers before its first call, so that a missing one is a load error and not a
/// failed send.</summary>
/// <remarks>Compiling the methods finds the same and takes ten times as long: the runtime has one tier for a context that can be unloaded, the
/// slowest to compile.</remarks>
internal static class ReferenceCheck
{
    /// <summary>Runs the module initializer.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Initialize(Type first) => RuntimeHelpers.RunModuleConstructor(first.Module.ModuleHandle);

    /// <summary>Loads the types of an assembly, and resolves its references.</summary>
    /// <exception cref="Exception">As the runtime throws it for a missing type, member or assembly.</exception>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static unsafe void Run(Assembly assembly)
    {
        assembly.GetTypes();
        if (!assembly.TryGetRawMetadata(out var metadata, out var length)) return;
        var reader = new MetadataReader(metadata, length);
        var module = assembly.ManifestModule.ModuleHandle;
        // The runtime reads attributes only on request: those of a compiler or an analyzer may be absent.
        var attributes = reader.CustomAttributes.Select(handle => reader.GetCustomAttribute(handle).Constructor).ToHashSet();
        HashSet<EntityHandle> unused = [.. attributes.Where(static handle => handle.Kind == HandleKind.MemberReference)
            .Select(handle => reader.GetMemberReference((MemberReferenceHandle)handle).Parent)];
        foreach (var handle in reader.MemberReferences)
        {
            if (attributes.Contains(handle)) continue;
            var reference = reader.GetMemberReference(handle);
            unused.Remove(reference.Parent);
            if (IsOpen(reader, reference.Parent)) continue;
            if (reference.GetKind() == MemberReferenceKind.Method) module.ResolveMethodHandle(MetadataTokens.GetToken(handle));
            else module.ResolveFieldHandle(MetadataTokens.GetToken(handle));
        }

        foreach (var handle in reader.TypeReferences)
        {
            if (!unused.Contains(handle)) module.ResolveTypeHandle(MetadataTokens.GetToken(handle));
        }
    }

    /// <summary>Returns true for a type that is complete only in the generic code that names it.</summary>
    private static bool IsOpen(MetadataReader reader, EntityHandle type) =>
        type.Kind == HandleKind.TypeSpecification
        && reader.GetTypeSpecification((TypeSpecificationHandle)type).DecodeSignature(OpenTypes.Instance, null);

    /// <summary>Finds out whether a type has a generic parameter in it.</summary>
    private sealed class OpenTypes : ISignatureTypeProvider<bool, object?>
    {
        public static readonly OpenTypes Instance = new();

        public bool GetGenericMethodParameter(object? genericContext, int index) => true;

        public bool GetGenericTypeParameter(object? genericContext, int index) => true;

        public bool GetGenericInstantiation(bool genericType, ImmutableArray<bool> typeArguments) => genericType || typeArguments.Contains(true);

        public bool GetFunctionPointerType(MethodSignature<bool> signature) => signature.ReturnType || signature.ParameterTypes.Contains(true);

        public bool GetArrayType(bool elementType, ArrayShape shape) => elementType;

        public bool GetByReferenceType(bool elementType) => elementType;

        public bool GetModifiedType(bool modifier, bool unmodifiedType, bool isRequired) => unmodifiedType;

        public bool GetPinnedType(bool elementType) => elementType;

        public bool GetPointerType(bool elementType) => elementType;

        public bool GetSZArrayType(bool elementType) => elementType;

        public bool GetPrimitiveType(PrimitiveTypeCode typeCode) => false;

        public bool GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => false;

        public bool GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => false;

        public bool GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);
    }
}
