namespace PluginGateway.Store;

/// <summary>Where the database is in a data directory.</summary>
internal static class StoreFile
{
    public static string In(string dataDirectory) => Path.Combine(dataDirectory, "gateway.db");
}
