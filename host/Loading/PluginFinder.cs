namespace PluginGateway.Loading;

/// <summary>Finds <c>plugins/&lt;Name&gt;/&lt;Name&gt;.dll</c> beside the executable, then under the configured paths. The first stage of a
/// load.</summary>
internal sealed class PluginFinder(string besideExecutable)
{
    /// <summary>Creates a finder for the folder beside this executable.</summary>
    public PluginFinder()
        : this(Path.Combine(AppContext.BaseDirectory, "plugins"))
    {
    }

    /// <summary>Finds a plugin by name.</summary>
    /// <exception cref="PluginLoadException">There is none, or it is outside the plugins folder.</exception>
    public FoundPlugin Find(string name, IReadOnlyList<string> pluginPaths)
    {
        CheckName(name);
        var roots = pluginPaths.Select(Path.GetFullPath).Prepend(besideExecutable).Distinct(StringComparer.Ordinal).ToArray();
        try
        {
            foreach (var root in roots)
            {
                var folder = Path.Combine(root, name);
                if (!File.Exists(Path.Combine(folder, name + ".dll"))) continue;
                CheckLinks(name, folder, root);
                return new FoundPlugin(name, folder);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PluginLoadException(
                LoadCode.Unreadable, $"Plugin '{name}' cannot be read ({exception.Message}); give the gateway's user read access to its folder.");
        }

        throw new PluginLoadException(
            LoadCode.PluginNotFound, $"Plugin '{name}' was not found; looked for '{name}/{name}.dll' in {Quoted(roots)}. {Hint(name, roots)}");
    }

    /// <summary>Returns the names of all plugins that <see cref="Find"/> can find.</summary>
    public IReadOnlyList<string> Names(IReadOnlyList<string> pluginPaths) =>
    [
        .. pluginPaths.Select(Path.GetFullPath).Prepend(besideExecutable).Where(Directory.Exists).SelectMany(Directory.EnumerateDirectories)
            .Select(static folder => (Folder: folder, Name: Path.GetFileName(folder)))
            .Where(static item => File.Exists(Path.Combine(item.Folder, item.Name + ".dll")))
            .Select(static item => item.Name).Distinct(StringComparer.Ordinal),
    ];

    private static void CheckName(string name)
    {
        if (name.Length is 0 or > 128 || name[0] == '.' || name.Any(static c => c is '/' or '\\' or ':' || char.IsControl(c)))
            throw new PluginLoadException(LoadCode.PathOutside,
                $"'{name}' is no plugin name; give the name of a folder under 'plugins', without a path, and list other places in 'pluginPaths'.");
    }

    private static void CheckLinks(string name, string folder, string root)
    {
        var realRoot = RealPath.Of(root);
        foreach (var entry in Directory.EnumerateFileSystemEntries(folder, "*", PluginFolder.Everything).Prepend(folder))
        {
            if (new FileInfo(entry).LinkTarget is null) continue;
            var target = RealPath.Of(entry);
            if (!RealPath.IsInside(target, realRoot))
                throw new PluginLoadException(LoadCode.PathOutside,
                    $"Plugin '{name}': the symbolic link '{entry}' leads to '{target}', outside '{realRoot}'; copy the files there, or name their folder in 'pluginPaths'.");
        }
    }

    private static string Hint(string name, string[] roots)
    {
        foreach (var folder in roots.Select(root => Path.Combine(root, name)).Where(Directory.Exists))
        {
            var there = Directory.EnumerateFiles(folder, "*.dll").Select(Path.GetFileName).Take(5).ToArray();
            return there.Length == 0 ? $"The folder '{folder}' has no DLL; copy the plugin's whole build output into it."
                : $"The folder '{folder}' has {Quoted(there!)}; folder and DLL must have the same name, in the same case.";
        }

        var names = roots.Where(Directory.Exists).SelectMany(Directory.EnumerateDirectories).Select(Path.GetFileName).Order(StringComparer.Ordinal)
            .Take(20).ToArray();
        return names.Length == 0 ? "There are no plugins there." : $"Present: {Quoted(names!)}.";
    }

    private static string Quoted(string[] items) => string.Join(", ", items.Select(static item => $"'{item}'"));
}

/// <summary>A plugin in the operator's folder. Never loaded from there: a DLL that is truncated while it is mapped ends the process.</summary>
internal sealed record FoundPlugin(string Name, string Folder)
{
    /// <summary>Path of the main DLL.</summary>
    public string MainPath => Path.Combine(Folder, Name + ".dll");
}
