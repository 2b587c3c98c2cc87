using System.Reflection;
using System.Reflection.Metadata;

namespace PluginGateway.Loading.Inspection;

/// <summary>Assemblies to which the public members of an assembly refer in their signatures.</summary>
internal static class SharedAssemblies
{
    /// <summary>Returns the assemblies' names.</summary>
    public static IReadOnlySet<string> Of(MetadataReader reader)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var names = new SignatureNames(Add);
        foreach (var type in reader.TypeDefinitions.Select(reader.GetTypeDefinition).Where(type => IsPublic(reader, type)))
        {
            AddType(type.BaseType);
            foreach (var item in type.GetInterfaceImplementations()) AddType(reader.GetInterfaceImplementation(item).Interface);
            foreach (var field in type.GetFields().Select(reader.GetFieldDefinition).Where(static field => IsReachable((int)field.Attributes)))
                field.DecodeSignature(names, null);
            foreach (var method in type.GetMethods().Select(reader.GetMethodDefinition).Where(static method => IsReachable((int)method.Attributes)))
                method.DecodeSignature(names, null);
        }

        return found;

        void Add(TypeReferenceHandle handle)
        {
            if (SignatureNames.AssemblyOf(reader, handle) is { } assembly) found.Add(assembly);
        }

        void AddType(EntityHandle handle)
        {
            if (handle.Kind == HandleKind.TypeReference) Add((TypeReferenceHandle)handle);
            if (handle.Kind == HandleKind.TypeSpecification)
                reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(names, null);
        }
    }

    private static bool IsPublic(MetadataReader reader, TypeDefinition type) => (type.Attributes & TypeAttributes.VisibilityMask) switch
    {
        TypeAttributes.Public => true,
        TypeAttributes.NestedPublic => IsPublic(reader, reader.GetTypeDefinition(type.GetDeclaringType())),
        _ => false,
    };

    /// <summary>Returns true for the access of a member that other assemblies can use. Fields and methods have the same values.</summary>
    private static bool IsReachable(int attributes) => (MethodAttributes)attributes is var access
        && (access & MethodAttributes.MemberAccessMask) is MethodAttributes.Public or MethodAttributes.Family or MethodAttributes.FamORAssem;
}
