using System.Collections.Concurrent;

namespace PluginGateway.Loading;

/// <summary>Private copies of plugin folders under <c>&lt;dataDir&gt;/staging</c>, named by content, so that a DLL cannot be changed under a running
/// plugin.</summary>
internal sealed class PluginStaging
{
    private readonly ConcurrentDictionary<string, byte> _inUse = new(StringComparer.Ordinal);

    /// <summary>Copies a plugin, or finds an existing copy of the same content.</summary>
    /// <exception cref="PluginLoadException">The source cannot be read or the copy cannot be written.</exception>
    public StagedPlugin Stage(FoundPlugin plugin, string dataDirectory)
    {
        var staging = Folder(dataDirectory);
        try
        {
            var expected = HashOf(plugin);
            var ready = new StagedPlugin(plugin.Name, Target(staging, plugin.Name, expected), expected);
            if (!IsComplete(ready)) ready = CopyOf(plugin, staging);
            _inUse[ready.Folder] = 0;
            return ready;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PluginLoadException(LoadCode.StagingFailed,
                $"Plugin '{plugin.Name}': its private copy under '{staging}' could not be made ({exception.Message}); check free space and permissions there.");
        }
    }

    /// <summary>Removes the copies from which nothing in this process was loaded. Call it once the plugins are loaded; returns the number of removed
    /// copies.</summary>
    public int RemoveUnused(string dataDirectory)
    {
        var staging = Folder(dataDirectory);
        if (!Directory.Exists(staging)) return 0;
        var removed = 0;
        foreach (var folder in Directory.EnumerateDirectories(staging).Where(folder => !_inUse.ContainsKey(folder)))
        {
            if (TryRemove(folder)) removed++;
        }

        return removed;
    }

    private static string Folder(string dataDirectory) => Path.Combine(Path.GetFullPath(dataDirectory), "staging");

    private static string Target(string staging, string name, string hash) => Path.Combine(staging, $"{name}-{hash[..16]}");

    /// <summary>Returns the content hash of the operator's copy.</summary>
    public static string HashOf(FoundPlugin plugin)
    {
        try
        {
            return PluginFolder.Hash(plugin.Folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PluginLoadException(LoadCode.Unreadable,
                $"Plugin '{plugin.Name}' cannot be read ({exception.Message}); give the gateway's user read access to '{plugin.Folder}'.");
        }
    }

    // The content is checked again: after a power cut a renamed folder may hold empty files.
    private static bool IsComplete(StagedPlugin staged) => Directory.Exists(staged.Folder) && PluginFolder.Hash(staged.Folder) == staged.ContentHash;

    // The copy is named by the hash of its own bytes: the operator may be writing to the source at this moment.
    private static StagedPlugin CopyOf(FoundPlugin plugin, string staging)
    {
        PluginFolder.CreatePrivate(staging);
        var draft = Path.Combine(staging, $".{plugin.Name}-{Guid.NewGuid():N}");
        try
        {
            PluginFolder.Copy(plugin.Folder, draft);
            var hash = PluginFolder.Hash(draft);
            var staged = new StagedPlugin(plugin.Name, Target(staging, plugin.Name, hash), hash);
            if (Directory.Exists(staged.Folder) && !IsComplete(staged))
                Directory.Move(staged.Folder, Path.Combine(staging, $".damaged-{Guid.NewGuid():N}"));
            try
            {
                Directory.Move(draft, staged.Folder);
            }
            catch (IOException) when (IsComplete(staged))
            {
                // Another load of the same plugin was faster.
            }

            return staged;
        }
        finally
        {
            TryRemove(draft);
        }
    }

    private static bool TryRemove(string folder)
    {
        try
        {
            if (!Directory.Exists(folder)) return false;
            Directory.Delete(folder, recursive: true);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

/// <summary>The private copy from which a plugin is loaded.</summary>
/// <param name="Name">The plugin's name.</param>
/// <param name="Folder">The folder of the copy.</param>
/// <param name="ContentHash">SHA-256 over the names and bytes of all its files.</param>
internal sealed record StagedPlugin(string Name, string Folder, string ContentHash)
{
    /// <summary>Path of the main DLL.</summary>
    public string MainPath => Path.Combine(Folder, Name + ".dll");
}
