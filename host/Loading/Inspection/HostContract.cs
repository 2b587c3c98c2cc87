using System.Reflection;
using System.Reflection.Metadata;

namespace PluginGateway.Loading.Inspection;

/// <summary>Metadata of the abstractions with which this gateway runs, to which a plugin may refer.</summary>
internal sealed class HostContract
{
    /// <summary>The simple name of the shared assembly.</summary>
    public const string Name = "PluginGateway.Abstractions";

    /// <summary>The version of the contract (<see cref="ChannelAdapterAttribute.Contract"/>) for which this gateway takes plugins.</summary>
    public const int Number = 1;

    private static readonly Lazy<HostContract> Loaded = new(static () => new HostContract());

    private readonly MetadataReader _reader;
    private readonly Dictionary<string, TypeDefinitionHandle> _types;
    private readonly Lazy<IReadOnlySet<string>> _shared;

    private unsafe HostContract()
    {
        // The raw metadata exists in a single-file build too, where the assembly has no file.
        if (!Assembly.TryGetRawMetadata(out var blob, out var length)) throw new InvalidOperationException($"The metadata of {Name} cannot be read.");
        _reader = new MetadataReader(blob, length);
        _types = _reader.TypeDefinitions.ToDictionary(handle => SignatureNames.Of(_reader, handle), StringComparer.Ordinal);
        _shared = new(() => SharedAssemblies.Of(_reader));
    }

    /// <summary>The host's copy.</summary>
    public static HostContract Instance => Loaded.Value;

    /// <summary>The host's assembly.</summary>
    public static Assembly Assembly => typeof(IChannelAdapter).Assembly;

    /// <summary>The version of that assembly.</summary>
    public static Version Version => Assembly.GetName().Version!;

    /// <summary>Assemblies with types that cross the contract: those of the signatures of its public members. A plugin and the host need one copy of
    /// each.</summary>
    public IReadOnlySet<string> Shared => _shared.Value;

    /// <summary>Returns every type and member of the contract that an assembly refers to and that is missing here, as an operator can quote it to the
    /// author.</summary>
    public IReadOnlyList<string> Missing(MetadataReader plugin)
    {
        var missing = new List<string>();
        foreach (var handle in plugin.TypeReferences)
        {
            if (SignatureNames.AssemblyOf(plugin, handle) != Name) continue;
            var type = SignatureNames.Of(plugin, handle);
            if (!_types.ContainsKey(type)) missing.Add(type);
        }

        foreach (var handle in plugin.MemberReferences)
        {
            var member = plugin.GetMemberReference(handle);
            if (member.Parent.Kind != HandleKind.TypeReference || SignatureNames.AssemblyOf(plugin, (TypeReferenceHandle)member.Parent) != Name)
                continue;
            var type = SignatureNames.Of(plugin, (TypeReferenceHandle)member.Parent);
            if (!_types.TryGetValue(type, out var definition) || Has(definition, plugin, member)) continue;
            missing.Add($"{type}.{plugin.GetString(member.Name)}");
        }

        return missing;
    }

    private bool Has(TypeDefinitionHandle handle, MetadataReader plugin, MemberReference member)
    {
        SignatureNames.Bound(plugin, member.Signature);
        var name = plugin.GetString(member.Name);
        var type = _reader.GetTypeDefinition(handle);
        if (member.GetKind() == MemberReferenceKind.Field)
        {
            var wanted = member.DecodeFieldSignature(SignatureNames.Instance, null);
            if (type.GetFields().Select(_reader.GetFieldDefinition)
                .Any(field => _reader.GetString(field.Name) == name && field.DecodeSignature(SignatureNames.Instance, null) == wanted))
                return true;
        }
        else
        {
            var wanted = SignatureNames.Text(member.DecodeMethodSignature(SignatureNames.Instance, null));
            if (type.GetMethods().Select(_reader.GetMethodDefinition).Any(method => _reader.GetString(method.Name) == name
                && SignatureNames.Text(method.DecodeSignature(SignatureNames.Instance, null)) == wanted))
                return true;
        }

        return type.BaseType.Kind switch
        {
            HandleKind.TypeDefinition => Has((TypeDefinitionHandle)type.BaseType, plugin, member),
            HandleKind.TypeReference => InheritsFromFramework(SignatureNames.Of(_reader, (TypeReferenceHandle)type.BaseType), name),
            _ => false,
        };
    }

    private static bool InheritsFromFramework(string type, string member) =>
        member != ".ctor" && typeof(object).Assembly.GetType(type)
            ?.GetMember(member, BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic).Length > 0;
}
