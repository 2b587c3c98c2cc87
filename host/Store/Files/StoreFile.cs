using PluginGateway.Configuration.Options;

namespace PluginGateway.Store.Files;

/// <summary>The database of a data directory.</summary>
internal static class StoreFile
{
    public static string In(string dataDirectory) => Path.Combine(dataDirectory, "gateway.db");

    /// <summary>The files that SQLite keeps beside a database.</summary>
    public static IReadOnlyList<string> SideFiles { get; } = ["-wal", "-shm", "-journal"];

    /// <summary>Deletes a database and its side files, if they are there.</summary>
    public static void Delete(string path)
    {
        File.Delete(path);
        foreach (var end in SideFiles) File.Delete(path + end);
    }

    public static StoreOptions Options(string dataDirectory, StoreLimits limits) => new(In(dataDirectory))
    {
        KeepSettled = TimeSpan.FromDays(limits.KeepSettledDays),
        KeepParked = TimeSpan.FromDays(limits.KeepParkedDays),
        MaxBytes = limits.MaxMegabytes * 1024L * 1024L,
        MaxStateKeys = limits.MaxStateKeys,
        MaxStateBytes = limits.MaxStateMegabytes * 1024L * 1024L,
        KeepMemory = TimeSpan.FromDays(limits.KeepMemoryDays),
        MaxMemoryBytes = limits.MaxMemoryMegabytes * 1024L * 1024L,
    };
}
