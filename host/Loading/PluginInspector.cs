using System.Reflection.Metadata;
using PluginGateway.Loading.Inspection;

namespace PluginGateway.Loading;

/// <summary>Reads a plugin's manifest from its metadata. Runs no plugin code and maps no file.</summary>
internal static class PluginInspector
{
    /// <summary>Inspects a plugin's main DLL with its folder.</summary>
    /// <exception cref="PluginLoadException">The plugin cannot work in this gateway.</exception>
    public static PluginManifest Inspect(string path)
    {
        using var image = PluginImage.Open(path);
        try
        {
            return Inspect(path, image);
        }
        catch (Exception exception) when (PluginImage.IsGarbage(exception))
        {
            throw new PluginLoadException(LoadCode.NotAnAssembly, $"'{path}' is damaged; copy the plugin again from its build output.");
        }
    }

    private static PluginManifest Inspect(string path, PluginImage image)
    {
        var reader = image.Metadata;
        var contract = ContractVersion(path, reader);
        var declarations = new Declarations(path, reader);
        CheckNumber(path, contract, declarations);
        CheckMembers(path, reader, contract);
        Dependencies.Check(path, reader);
        var adapter = declarations.Adapter();
        var handler = declarations.Handler();
        if (adapter is null && handler is null) throw NothingDeclared(path);
        var assembly = reader.GetAssemblyDefinition();
        return new PluginManifest(path, reader.GetString(assembly.Name), assembly.Version, contract, image.Sha256, adapter, handler, Warnings(path));
    }

    private static Version ContractVersion(string path, MetadataReader reader)
    {
        foreach (var reference in reader.AssemblyReferences.Select(reader.GetAssemblyReference))
        {
            if (reader.GetString(reference.Name) == HostContract.Name) return reference.Version;
        }

        throw NothingDeclared(path);
    }

    private static PluginLoadException NothingDeclared(string path) => new(
        LoadCode.NoAdapter,
        $"'{path}' declares neither an adapter nor a handler; add [assembly: ChannelAdapter(\"name\", typeof(YourAdapter))] or [assembly: MessageHandler(...)], or name the plugin's main DLL.");

    private static void CheckNumber(string path, Version contract, Declarations declarations)
    {
        var here = HostContract.Version;
        if (contract.Major < here.Major)
            throw new PluginLoadException(LoadCode.ContractOlderMajor,
                $"'{path}' was built against {HostContract.Name} {contract}, this gateway speaks {here}; get a newer build of the plugin.");
        if (contract.Major > here.Major) return;
        if (declarations.Contract() is not { } number)
        {
            throw declarations.IsEmpty ? NothingDeclared(path) : new PluginLoadException(LoadCode.ContractMissing,
                $"'{path}' was built for a draft of {HostContract.Name} {here}: its attribute does not state a version of the contract, which the compiler writes; build it again with today's package.");
        }

        if (number > HostContract.Number)
            throw new PluginLoadException(LoadCode.ContractNewer,
                $"'{path}' was built for version {number} of the contract, this gateway has {HostContract.Number}; update the gateway.");
        if (number < HostContract.Number)
            throw new PluginLoadException(LoadCode.ContractOlderMajor,
                $"'{path}' was built for version {number} of the contract, this gateway has {HostContract.Number}; get a newer build of the plugin.");
    }

    private static void CheckMembers(string path, MetadataReader reader, Version contract)
    {
        var here = HostContract.Version;
        var missing = contract.Major > here.Major ? ["another major version"] : HostContract.Instance.Missing(reader);
        if (missing.Count == 0) return;
        var what = string.Join(", ", missing.Take(3)) + (missing.Count > 3 ? $" and {missing.Count - 3} more" : "");
        throw contract >= here
            ? new PluginLoadException(LoadCode.ContractNewer,
                $"'{path}' was built against {HostContract.Name} {contract} and needs {what}, which this gateway ({here}) does not have; update the gateway.")
            : new PluginLoadException(LoadCode.ContractOlderMajor,
                $"'{path}' was built against {HostContract.Name} {contract} and needs {what}, which this gateway ({here}) no longer has; get a newer build of the plugin.");
    }

    private static List<LoadWarning> Warnings(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        List<LoadWarning> warnings = [];
        var copy = Path.Combine(folder, HostContract.Name + ".dll");
        if (File.Exists(copy))
            warnings.Add(new(LoadCode.OwnContractCopy,
                $"'{copy}' is ignored, the gateway's own copy is used; remove it (reference the package with ExcludeAssets=\"runtime\")."));
        if (ProcessEnders.In(folder) is { Count: > 0 } enders)
            warnings.Add(new(LoadCode.EndsProcess,
                $"'{path}': {string.Join(", ", enders)} can call Environment.Exit, which ends the whole gateway; ask the author to report a fault instead."));
        return warnings;
    }
}
