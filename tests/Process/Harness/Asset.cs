namespace PluginGateway.ProcessTests.Harness;

/// <summary>Real plugin DLLs that were built with the tests.</summary>
internal static class Asset
{
    public static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "assets", name);

    /// <summary>Copies a built plugin to <c>more/</c> under another name, which a plugin has by its folder and its files; returns the folder.</summary>
    public static string Place(TempFolder folder, string asset, string name)
    {
        var target = Directory.CreateDirectory(folder["more", name]).FullName;
        foreach (var file in Directory.EnumerateFiles(Folder(asset)))
        {
            var to = Path.Combine(target, Path.GetFileName(file).Replace(asset + ".", name + ".", StringComparison.Ordinal));
            if (to.EndsWith(".deps.json", StringComparison.Ordinal)) File.WriteAllText(to, File.ReadAllText(file).Replace(asset + ".dll", name + ".dll", StringComparison.Ordinal));
            else File.Copy(file, to, overwrite: true);
        }

        return target;
    }
}
