using PluginGateway.Configuration;

namespace PluginGateway.Store;

/// <summary>The database of a data directory.</summary>
internal static class StoreFile
{
    public static string In(string dataDirectory) => Path.Combine(dataDirectory, "gateway.db");

    public static StoreOptions Options(string dataDirectory, StoreLimits limits) => new(In(dataDirectory))
    {
        KeepSettled = TimeSpan.FromDays(limits.KeepSettledDays),
        KeepParked = TimeSpan.FromDays(limits.KeepParkedDays),
        MaxBytes = limits.MaxMegabytes * 1024L * 1024L,
    };
}
