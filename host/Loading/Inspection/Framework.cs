using System.Reflection;

namespace PluginGateway.Loading.Inspection;

/// <summary>Shared frameworks on which this process runs. The host's own libraries are not among them: a plugin must bring its own.</summary>
internal static class Framework
{
    private static readonly Dictionary<string, string> Paths = Find();

    /// <summary>Returns the version of a framework assembly, or null when there is none of that name.</summary>
    public static Version? VersionOf(string assembly)
    {
        if (!Paths.TryGetValue(assembly, out var path)) return null;
        return (File.Exists(path) ? AssemblyName.GetAssemblyName(path) : Assembly.Load(new AssemblyName(assembly)).GetName()).Version;
    }

    /// <summary>Returns true when a framework such as <c>Microsoft.AspNetCore.App</c> is present in at least this major version.</summary>
    public static bool Has(string framework, Version version) => framework switch
    {
        "Microsoft.NETCore.App" => version.Major <= Environment.Version.Major,
        "Microsoft.AspNetCore.App" => version.Major <= (VersionOf("Microsoft.AspNetCore")?.Major ?? 0),
        _ => false,
    };

    private static Dictionary<string, string> Find()
    {
        var all = ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);

        // In a self-contained build the framework is beside the host and cannot be told apart.
        var selfContained = string.Equals(
            Path.GetDirectoryName(all.FirstOrDefault(static path => Path.GetFileName(path) == "System.Private.CoreLib.dll")), own,
            StringComparison.Ordinal);
        var found = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var path in all.Where(path => selfContained || !string.Equals(Path.GetDirectoryName(path), own, StringComparison.Ordinal)))
            found.TryAdd(Path.GetFileNameWithoutExtension(path), path);
        return found;
    }
}
