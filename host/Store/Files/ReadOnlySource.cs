using Microsoft.Data.Sqlite;
using PluginGateway.Posix;
using PluginGateway.Store.Engine;

namespace PluginGateway.Store.Files;

/// <summary>A database that is read and not written, on any disk: SQLite needs to write beside a database in order to read its write-ahead log, which
/// it cannot on a read-only disk. There the database is read as it is when it has no log, and otherwise from a temporary copy.</summary>
internal sealed class ReadOnlySource : IDisposable
{
    private const int SqliteReadOnly = 8, SqliteCannotOpen = 14;

    private readonly string? _copy;

    private ReadOnlySource(SqliteConnection connection, string? copy = null) => (Connection, _copy) = (connection, copy);

    public SqliteConnection Connection { get; }

    /// <exception cref="SqliteException">The file is no database, or cannot be read.</exception>
    /// <exception cref="IOException">There is no room for a copy.</exception>
    public static ReadOnlySource Open(string path)
    {
        try
        {
            return new(Connect(path, SqliteOpenMode.ReadOnly));
        }
        catch (SqliteException problem) when (problem.SqliteErrorCode is SqliteReadOnly or SqliteCannotOpen && File.Exists(path))
        {
            var hasLog = new FileInfo(path + "-wal") is { Exists: true, Length: > 0 };
            return hasLog ? OpenCopy(path) : new(Connect($"{new Uri(path).AbsoluteUri}?immutable=1", SqliteOpenMode.ReadOnly));
        }
    }

    /// <summary>Copies a database and its log into a new temporary folder, and returns the folder's path.</summary>
    /// <exception cref="IOException">There is no room for the copy.</exception>
    public static string Copy(string path)
    {
        var folder = Directory.CreateTempSubdirectory("plugin-gateway-store-").FullName;
        try
        {
            foreach (var end in (string[])["", "-wal"])
            {
                var copy = Path.Combine(folder, Path.GetFileName(path)) + end;
                if (!File.Exists(path + end)) continue;
                File.Copy(path + end, copy);
                File.SetUnixFileMode(copy, OwnerOnly.File);
            }

            return folder;
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    public void Dispose()
    {
        Connection.Dispose();
        if (_copy is not null) Directory.Delete(_copy, recursive: true);
    }

    private static ReadOnlySource OpenCopy(string path)
    {
        var folder = Copy(path);
        try
        {
            return new(Connect(Path.Combine(folder, Path.GetFileName(path)), SqliteOpenMode.ReadWrite), folder);
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    private static SqliteConnection Connect(string source, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = source, Pooling = false, DefaultTimeout = 1, Mode = mode }.ToString());
        try
        {
            connection.Open();
            Database.Execute(connection, "PRAGMA busy_timeout=5000;");
            // The first statement that reads the file.
            _ = Database.Number(connection, "PRAGMA schema_version");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
