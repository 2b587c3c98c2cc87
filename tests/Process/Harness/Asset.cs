namespace PluginGateway.ProcessTests.Harness;

/// <summary>Real plugin DLLs that were built with the tests.</summary>
internal static class Asset
{
    public static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "assets", name);

    /// <summary>Copies a built plugin to <c>more/</c> under another name, which a plugin has by its folder and its files; returns the
    /// folder.</summary>
    public static string Place(TempFolder folder, string asset, string name) => Place(folder, Folder(asset), asset, name);

    /// <summary>The same with a plugin that comes with the gateway.</summary>
    public static string PlaceOwn(TempFolder folder, string plugin, string name) =>
        Place(folder, Path.Combine(Path.GetDirectoryName(Repository.Executable)!, "plugins", plugin), plugin, name);

    private static string Place(TempFolder folder, string from, string asset, string name)
    {
        var target = Directory.CreateDirectory(folder["more", name]).FullName;
        foreach (var file in Directory.EnumerateFiles(from))
        {
            var to = Path.Combine(target, Path.GetFileName(file).Replace(asset + ".", name + ".", StringComparison.Ordinal));
            if (to.EndsWith(".deps.json", StringComparison.Ordinal))
                File.WriteAllText(to, File.ReadAllText(file).Replace(asset + ".dll", name + ".dll", StringComparison.Ordinal));
            else File.Copy(file, to, overwrite: true);
        }

        return target;
    }
}
