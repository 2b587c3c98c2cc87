using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;

namespace PluginGateway.Loading.Inspection;

/// <summary>A class as metadata, with the types that it inherits from other libraries of its plugin's folder.</summary>
internal sealed class DeclaredClass : IDisposable
{
    private const int MaxDepth = 64;

    private readonly string _folder;
    private readonly Dictionary<string, PluginImage?> _neighbours = new(StringComparer.Ordinal);
    private readonly HashSet<(MetadataReader, EntityHandle)> _seen = [];
    private readonly HashSet<string> _interfaces = new(StringComparer.Ordinal);

    private DeclaredClass(string folder) => _folder = folder;

    /// <summary>The interfaces of the contract that the class implements, by full name.</summary>
    public IReadOnlySet<string> Interfaces => _interfaces;

    /// <summary>Reason for which the host cannot create the class, or null.</summary>
    public string? Uncreatable { get; private set; }

    /// <summary>Reads a class; null when the assembly has none of that name.</summary>
    public static DeclaredClass? Find(MetadataReader reader, string folder, string fullName, string contextType)
    {
        if (Handle(reader, fullName) is not { } handle) return null;
        var type = reader.GetTypeDefinition(handle);
        var found = new DeclaredClass(folder);
        found.Collect(reader, handle, 0);
        found.Uncreatable = type.Attributes.HasFlag(TypeAttributes.Abstract) ? "is abstract"
            : type.GetGenericParameters().Count > 0 ? "is generic"
            : HasConstructor(reader, type, contextType) ? null
            : $"has no public constructor with one parameter, {contextType}";
        return found;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var image in _neighbours.Values) image?.Dispose();
    }

    private static TypeDefinitionHandle? Handle(MetadataReader reader, string fullName)
    {
        foreach (var handle in reader.TypeDefinitions)
        {
            if (SignatureNames.Of(reader, handle) == fullName) return handle;
        }

        return null;
    }

    private static bool HasConstructor(MetadataReader reader, TypeDefinition type, string contextType) =>
        type.GetMethods().Select(reader.GetMethodDefinition).Any(method =>
        reader.GetString(method.Name) == ".ctor"
        && (method.Attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Public
        && Parameters(reader, method) is [var parameter] && parameter == contextType);

    private static ImmutableArray<string> Parameters(MetadataReader reader, MethodDefinition method)
    {
        SignatureNames.Bound(reader, method.Signature);
        return method.DecodeSignature(SignatureNames.Instance, null).ParameterTypes;
    }

    private void Collect(MetadataReader reader, EntityHandle handle, int depth)
    {
        if (handle.IsNil || depth > MaxDepth || !_seen.Add((reader, handle))) return;
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                var type = reader.GetTypeDefinition((TypeDefinitionHandle)handle);
                Collect(reader, type.BaseType, depth + 1);
                foreach (var item in type.GetInterfaceImplementations())
                    Collect(reader, reader.GetInterfaceImplementation(item).Interface, depth + 1);
                break;
            case HandleKind.TypeReference:
                CollectReference(reader, (TypeReferenceHandle)handle, depth);
                break;
            case HandleKind.TypeSpecification:
                Collect(reader, GenericTypeOf(reader, (TypeSpecificationHandle)handle), depth + 1);
                break;
        }
    }

    private void CollectReference(MetadataReader reader, TypeReferenceHandle handle, int depth)
    {
        var assembly = SignatureNames.AssemblyOf(reader, handle);
        var name = SignatureNames.Of(reader, handle);
        if (assembly == HostContract.Name) _interfaces.Add(name);
        if (assembly is null or HostContract.Name) return;
        if (!_neighbours.TryGetValue(assembly, out var image))
            _neighbours[assembly] = image = PluginImage.TryOpen(Path.Combine(_folder, assembly + ".dll"));
        if (image is not null && Handle(image.Metadata, name) is { } definition) Collect(image.Metadata, definition, depth + 1);
    }

    // ELEMENT_TYPE_GENERICINST, class or value type, then the generic type (ECMA-335, II.23.2.12).
    private static EntityHandle GenericTypeOf(MetadataReader reader, TypeSpecificationHandle handle)
    {
        var blob = reader.GetBlobReader(reader.GetTypeSpecification(handle).Signature);
        if (blob.ReadByte() != (byte)SignatureTypeCode.GenericTypeInstance) return default;
        blob.ReadByte();
        return blob.ReadTypeHandle();
    }
}
