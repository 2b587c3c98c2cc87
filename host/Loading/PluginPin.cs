namespace PluginGateway.Loading;

/// <summary>Pin of a plugin in the configuration: it covers the whole folder, by its content hash, or the main DLL alone, by its own.</summary>
internal static class PluginPin
{
    /// <summary>Stable code of a pin that does not cover all libraries.</summary>
    public const string GapCode = "pin-incomplete";

    /// <summary>Returns true when every file that can hold code of the plugin is pinned.</summary>
    public static bool CoversAll(string? pin, PluginManifest manifest, string contentHash) =>
        pin is not null && (Is(pin, contentHash) || (Is(pin, manifest.Sha256) && Libraries(manifest).Length == 0));

    /// <summary>Returns the gap of a pin as a sentence; null when there is none, or no pin.</summary>
    public static string? Gap(string? pin, PluginManifest manifest, string contentHash)
    {
        if (pin is null || Is(pin, contentHash) || Libraries(manifest) is not { Length: > 0 } others) return null;
        return $"pins '{manifest.AssemblyName}.dll' alone, and not {string.Join(", ", others.Take(3))}{(others.Length > 3 ? $" and {others.Length - 3} more" : "")} beside it; pin the folder: {contentHash}";
    }

    /// <exception cref="PluginLoadException">The plugin differs from its pin.</exception>
    public static void Verify(string name, string? pin, PluginManifest manifest, string contentHash, bool requiresAll)
    {
        var holds = pin is null || Is(pin, manifest.Sha256) || Is(pin, contentHash);
        if (!holds)
            throw new PluginLoadException(LoadCode.HashMismatch,
                $"Plugin '{name}' is not what the configuration pins ({pin}): its DLL is {manifest.Sha256}, its folder {contentHash}. Restore the files, or update 'sha256' if you trust them.");
        if (requiresAll && !CoversAll(pin, manifest, contentHash))
            throw new PluginLoadException(LoadCode.PinMissing,
                $"Plugin '{name}' is not pinned as a whole, and gateway.requirePins asks for that: set 'sha256' to the hash of its folder, {contentHash}, if you trust it (plugin-gateway plugins --pin).");
    }

    private static bool Is(string pin, string hash) => pin.Equals(hash, StringComparison.OrdinalIgnoreCase);

    private static string[] Libraries(PluginManifest manifest)
    {
        var folder = Path.GetDirectoryName(manifest.Path)!;
        return
        [
            .. Directory.EnumerateFiles(folder, "*", PluginFolder.Everything)
                .Where(static path => Path.GetExtension(path) is ".dll" or ".so" or ".dylib")
                .Where(path => path != manifest.Path).Select(path => $"'{Path.GetRelativePath(folder, path)}'").Order(StringComparer.Ordinal),
        ];
    }
}
