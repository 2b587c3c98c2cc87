using System.Globalization;
using Microsoft.Data.Sqlite;
using PluginGateway.Posix;
using PluginGateway.Store.Files;

namespace PluginGateway.Store.Engine;

/// <summary>The copy of a database from before its schema is changed: <c>gateway.db.vN.bak</c>. The file gets its name when it is complete and on the
/// disk.</summary>
internal static class MigrationCopy
{
    /// <summary>Writes the copy and returns its path. A copy of the same database is replaced; one of another database is kept under another
    /// name.</summary>
    public static string Write(SqliteConnection connection, int version)
    {
        var path = $"{connection.DataSource}.v{version}.bak";
        var unfinished = path + ".unfinished";
        StoreFile.Delete(unfinished);
        Database.CreatePrivate(unfinished);
        using (var copy = new SqliteConnection(Database.ConnectionString(unfinished)))
        {
            copy.Open();
            connection.BackupDatabase(copy);
        }

        FolderSync.FlushFile(unfinished);
        if (File.Exists(path) && IdentityOf(path) != Database.Text(connection, "SELECT database_id FROM identity")) File.Move(path, FreeName(path));
        File.Move(unfinished, path, overwrite: true);
        FolderSync.Flush(Path.GetDirectoryName(path)!);
        return path;
    }

    private static string FreeName(string path)
    {
        for (var number = 1; ; number++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{path}.{number}");
            if (!File.Exists(name)) return name;
        }
    }

    private static string? IdentityOf(string path)
    {
        try
        {
            using var copy = Database.OpenReader(path);
            return Database.Text(copy, "SELECT database_id FROM identity");
        }
        catch (SqliteException)
        {
            return null;
        }
    }
}
