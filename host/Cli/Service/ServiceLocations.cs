using PluginGateway.Instance;
using PluginGateway.Store.Files;

namespace PluginGateway.Cli.Service;

/// <summary>Use that a command makes of the data directory.</summary>
internal enum DataUse
{
    /// <summary>A gateway that runs.</summary>
    Gateway,

    /// <summary>A store, whether or not a gateway runs on it.</summary>
    Store,

    /// <summary>The content is replaced: only in the directory that was named.</summary>
    Replace,
}

/// <summary>Data directories of service managers, for commands without --data: the directories of the units that <c>service print</c>
/// writes.</summary>
/// <param name="Directories">In the order in which they are looked at.</param>
internal sealed record ServiceLocations(IReadOnlyList<string> Directories)
{
    /// <summary>Locations of systemd's system manager and of its user manager. launchd and docker use the configured directory.</summary>
    public static ServiceLocations OfMachine()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } said
            ? said
            : home.Length > 0 ? Path.Combine(home, ".local/state") : null;
        return new([ServiceFacts.StateDirectory, .. state is null ? Array.Empty<string>() : [Path.Combine(state, "plugin-gateway")]]);
    }

    /// <summary>Chooses the directory of a command. The note is a sentence about the choice; null: there was only one.</summary>
    /// <param name="usual">The one that a gateway started from here would use.</param>
    /// <param name="configuration">The configuration file that it would read; null: none.</param>
    /// <param name="use">What the command needs.</param>
    public (string Directory, string? Note) Choose(string usual, string? configuration, DataUse use)
    {
        if (Runs(usual) || (use != DataUse.Gateway && HasStore(usual))) return (usual, use == DataUse.Gateway ? null : Beside(usual));
        var others = Directories.Where(place => Path.GetFullPath(place) != usual).ToArray();
        if (others.FirstOrDefault(IsClosed) is { } closed && !others.Any(Runs))
            return (usual,
                $"the data of a service in '{closed}' cannot be looked at by this user; this is about '{usual}'. As root, or as the service's user: --data {closed}");
        var found = others.FirstOrDefault(Runs)
            ?? others.FirstOrDefault(place => use == DataUse.Gateway ? File.Exists(DataDirectory.PidFile(place)) : HasStore(place));
        if (found is null) return (usual, null);
        var file = PidFile.Read(found);
        // A gateway with another configuration is not meant: a stop of one gateway must not end another.
        if (use == DataUse.Replace || (configuration is not null && file is not null && file.Configuration != configuration))
            return (usual, $"this is about '{usual}'; the data of a service{(file?.Configuration is { } other ? $", with configuration '{other}'," : "")} is in '{found}': --data {found}");
        return (found, $"no gateway runs in '{usual}'; this is about '{found}', where the service has its data. Another directory: --data DIR");
    }

    /// <summary>Sentence about another directory in which a gateway runs, and which may have been meant.</summary>
    private string? Beside(string usual) =>
        !Runs(usual) && Directories.FirstOrDefault(place => Path.GetFullPath(place) != usual && Runs(place)) is { } running
        ? $"this is about '{usual}'; a gateway runs in '{running}': --data {running}"
        : null;

    private static bool Runs(string directory)
    {
        try
        {
            return PidFile.Read(directory) is { } file && (file.Process.IsRunning || InstanceLock.IsHeld(directory));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool HasStore(string directory) => File.Exists(StoreFile.In(directory));

    /// <summary>Returns true if this user cannot read the directory: with DynamicUser it is a link into one that only root may enter.</summary>
    private static bool IsClosed(string directory)
    {
        try
        {
            if (new DirectoryInfo(directory).LinkTarget is not null && !Directory.Exists(directory)) return true;
            if (!Directory.Exists(directory)) return false;
            _ = Directory.EnumerateFileSystemEntries(directory).Any();
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
