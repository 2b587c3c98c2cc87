using System.Reflection;
using System.Reflection.Metadata;
using System.Runtime.InteropServices;
using System.Text.Json;
using PluginGateway.Posix;

namespace PluginGateway.Loading.Inspection;

/// <summary>Compares a plugin's declared dependencies with the files in its folder. A library that is missing there would silently be taken from the
/// host.</summary>
internal static class Dependencies
{
    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
    private static readonly string[] Rids = Portable();

    /// <summary>Checks the <c>.deps.json</c>, the <c>.runtimeconfig.json</c> if there is one, and the assembly references.</summary>
    /// <exception cref="PluginLoadException">A dependency is missing.</exception>
    public static void Check(string path, MetadataReader metadata)
    {
        var folder = Path.GetDirectoryName(path)!;
        CheckFrameworks(Path.ChangeExtension(path, ".runtimeconfig.json"), path);
        CheckFiles(Path.ChangeExtension(path, ".deps.json"), path, folder);
        CheckReferences(path, folder, metadata);
        CheckShared(path, folder);
    }

    /// <summary>Refuses a newer copy of a library whose types cross the contract: such a library exists once in the process, and a copy of the
    /// plugin's own would be loaded beside it with different types.</summary>
    private static void CheckShared(string path, string folder)
    {
        foreach (var name in HostContract.Instance.Shared)
        {
            var copy = Path.Combine(folder, name + ".dll");
            if (!File.Exists(copy) || Framework.VersionOf(name) is not { } here || VersionIn(copy) is not { } own || own <= here) continue;
            throw new PluginLoadException(
                LoadCode.FrameworkMissing,
                $"'{path}' brings {name} {own}, and its types cross the contract, which speaks with the {name} {here} of this gateway's .NET {Environment.Version}: build the plugin against {name} {here.Major}.x or older.");
        }
    }

    private static Version? VersionIn(string file)
    {
        try
        {
            return AssemblyName.GetAssemblyName(file).Version;
        }
        catch (Exception unreadable) when (unreadable is IOException or BadImageFormatException or UnauthorizedAccessException)
        {
            return null; // reported when it is loaded
        }
    }

    private static void CheckFiles(string deps, string path, string folder)
    {
        if (!File.Exists(deps))
            throw new PluginLoadException(LoadCode.DepsMissing,
                $"'{path}' has no '{Path.GetFileName(deps)}' beside it; build the plugin with EnableDynamicLoading=true and copy its whole output.");
        var missing = new List<string>();
        try
        {
            using var json = JsonDocument.Parse(RegularFile.ReadAllText(deps), Lenient);
            var target = json.RootElement.GetProperty("runtimeTarget").GetProperty("name").GetString()!;
            foreach (var library in json.RootElement.GetProperty("targets").GetProperty(target).EnumerateObject())
            {
                missing.AddRange(Assets(library.Value)
                    .Where(asset => !IsThere(folder, asset))
                    .Select(asset => $"{Path.GetFileName(asset)} ({library.Name})"));
            }
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or IOException or ArgumentException)
        {
            throw new PluginLoadException(LoadCode.DepsInvalid, $"'{deps}' cannot be understood; copy it again from the plugin's build output.");
        }

        if (missing.Count > 0)
            throw new PluginLoadException(LoadCode.DependencyMissing,
                $"'{path}' needs {string.Join(", ", missing.Take(5))}, not in '{folder}'; copy the plugin's whole build output (built with EnableDynamicLoading=true).");
    }

    private static IEnumerable<string> Assets(JsonElement library)
    {
        foreach (var group in (string[])["runtime", "native"])
        {
            if (!library.TryGetProperty(group, out var assets)) continue;
            foreach (var asset in assets.EnumerateObject()) yield return asset.Name;
        }

        if (!library.TryGetProperty("runtimeTargets", out var targets)) yield break;
        foreach (var asset in targets.EnumerateObject())
        {
            if (Array.IndexOf(Rids, asset.Value.GetProperty("rid").GetString()) >= 0) yield return asset.Name;
        }
    }

    private static bool IsThere(string folder, string asset)
    {
        var file = Path.GetFileName(asset);
        if (file is "_._" || file == HostContract.Name + ".dll") return true;
        return File.Exists(Path.Combine(folder, file)) || File.Exists(Path.Combine(folder, asset))
            || Framework.VersionOf(Path.GetFileNameWithoutExtension(file)) is not null;
    }

    private static void CheckFrameworks(string config, string path)
    {
        if (!File.Exists(config)) return;
        try
        {
            using var json = JsonDocument.Parse(RegularFile.ReadAllText(config), Lenient);
            var options = json.RootElement.GetProperty("runtimeOptions");
            var wanted = options.TryGetProperty("frameworks", out var several) ? several.EnumerateArray().ToArray()
                : options.TryGetProperty("framework", out var one) ? [one] : [];
            foreach (var framework in wanted)
            {
                var name = framework.GetProperty("name").GetString()!;
                var text = framework.GetProperty("version").GetString()!;
                if (!Framework.Has(name, Version.Parse(text.Split('-')[0]))) throw FrameworkMissing(path, $"{name} {text}");
            }
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or IOException
            or FormatException or ArgumentException)
        {
            throw new PluginLoadException(LoadCode.DepsInvalid, $"'{config}' cannot be understood; copy it again from the plugin's build output.");
        }
    }

    private static void CheckReferences(string path, string folder, MetadataReader metadata)
    {
        foreach (var reference in metadata.AssemblyReferences.Select(metadata.GetAssemblyReference))
        {
            var name = metadata.GetString(reference.Name);
            if (name == HostContract.Name || File.Exists(Path.Combine(folder, name + ".dll"))) continue;
            var here = Framework.VersionOf(name);
            if (here is null)
                throw new PluginLoadException(LoadCode.DependencyMissing,
                    $"'{path}' needs {name} {reference.Version}, not in '{folder}'; copy the plugin's whole build output (built with EnableDynamicLoading=true).");
            if (reference.Version > here) throw FrameworkMissing(path, $"{name} {reference.Version} (here: {here})");
        }
    }

    private static PluginLoadException FrameworkMissing(string path, string what) =>
        new(LoadCode.FrameworkMissing,
            $"'{path}' needs {what}; this gateway runs on .NET {Environment.Version}: build the plugin for net{Environment.Version.Major}.0 or older, without desktop frameworks.");

    private static string[] Portable()
    {
        var architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        var system = OperatingSystem.IsMacOS() ? "osx" : OperatingSystem.IsLinux() ? "linux" : "win";
        return ["any", system, $"{system}-{architecture}", .. system == "win" ? (string[])[] : ["unix", $"unix-{architecture}"]];
    }
}
