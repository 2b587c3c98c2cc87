using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Data.Sqlite;
using PluginGateway.Posix;
using PluginGateway.Store.Files;

namespace PluginGateway.Store.Engine;

/// <summary>Opens the database file: refuses a foreign, newer or damaged file, and never replaces it.</summary>
internal static class Database
{
    /// <summary>Largest file that is checked completely at every start: the check takes about a second a gigabyte.</summary>
    private const long LargestCheckedFile = 512L * 1024 * 1024;

    private const string IfNothing = " If there never was anything in it, delete it.";

    /// <summary>Opens or creates the file and brings it to the current version.</summary>
    /// <exception cref="StoreException">The file cannot be used; the message says what to do.</exception>
    public static SqliteConnection Open(StoreOptions options, Migrations migrations, ILogger log)
    {
        var path = Path.GetFullPath(options.Path);
        SqliteConnection? connection = null;
        try
        {
            StoreSwap.FinishInterrupted(path);
            if (!File.Exists(path)) Create(path, migrations, log);
            RequireContent(path);
            RequirePrivate(path);
            connection = new SqliteConnection(ConnectionString(path));
            connection.Open();
            SchemaFunctions.Register(connection);
            var version = Inspect(connection, path, migrations.Current);
            Execute(
                connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=1000; PRAGMA journal_size_limit=16777216;");
            // First: an upgrade of a full store may need more pages than the limit leaves.
            migrations.Upgrade(connection, version, log);
            if (options.HardLimit is { } pages) Execute(connection, $"PRAGMA max_page_count={pages};");
            return connection;
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException or StoreException)
        {
            connection?.Dispose();
            throw exception as StoreException ?? Explain(path, exception);
        }
    }

    /// <summary>Creates a database at the current schema. The file gets its name when it is complete and on the disk: the remains of an interrupted
    /// creation are never taken for a store.</summary>
    /// <exception cref="StoreException">A write-ahead log without its database exists.</exception>
    private static void Create(string path, Migrations migrations, ILogger log)
    {
        if (new FileInfo(path + "-wal") is { Exists: true, Length: > 0 }) throw Orphaned(path);
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder && !Directory.Exists(folder)) Directory.CreateDirectory(folder, OwnerOnly.Folder);
        foreach (var end in StoreFile.SideFiles) File.Delete(path + end);
        var unfinished = path + ".creating";
        CreateAt(unfinished, migrations, migrations.Current);
        FolderSync.FlushFile(unfinished);
        File.Move(unfinished, path);
        FolderSync.Flush(Path.GetDirectoryName(path)!);
        log.Migrated(path, migrations.Current);
    }

    /// <summary>Creates a database at the schema of one version; replaces the remains of an earlier attempt under this name.</summary>
    public static void CreateAt(string path, Migrations migrations, int version)
    {
        StoreFile.Delete(path);
        CreatePrivate(path);
        using var connection = new SqliteConnection(ConnectionString(path));
        connection.Open();
        SchemaFunctions.Register(connection);
        migrations.Create(connection, version);
    }

    /// <summary>Creates an empty file for the owner alone; SQLite gives its side files the same mode and owner.</summary>
    public static void CreatePrivate(string path)
    {
        new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite,
            UnixCreateMode = OwnerOnly.File }).Dispose();
        RequirePrivate(path);
        FileOwner.Inherit(path);
    }

    private static void RequirePrivate(string path)
    {
        if (File.GetUnixFileMode(path) != OwnerOnly.File) File.SetUnixFileMode(path, OwnerOnly.File);
    }

    /// <summary>Refuses an empty file: SQLite would take it for a new store, and delete a write-ahead log beside it.</summary>
    private static void RequireContent(string path)
    {
        if (new FileInfo(path).Length == 0) throw Damaged(path, "it is empty, 0 bytes", null, IfNothing);
    }

    public static string ConnectionString(string path) =>
        new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 1, Mode = SqliteOpenMode.ReadWrite }.ToString();

    /// <summary>Opens a database of this program beside its writer, to read only; it must exist.</summary>
    /// <exception cref="SqliteException">The database cannot be opened.</exception>
    public static SqliteConnection OpenReader(string path) => OpenWith(path, "PRAGMA query_only=1; PRAGMA busy_timeout=200;");

    /// <summary>Opens a database as it is; it must exist.</summary>
    /// <exception cref="SqliteException">The database cannot be opened.</exception>
    public static SqliteConnection OpenExisting(string path) => OpenWith(path, "PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000;");

    private static SqliteConnection OpenWith(string path, string pragmas)
    {
        var connection = new SqliteConnection(ConnectionString(path));
        try
        {
            connection.Open();
            Execute(connection, pragmas);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    [SuppressMessage("Security", "CA2100", Justification = "Constants, numbers and the embedded schema only.")]
    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Refuses a database that another program or a newer version has written.</summary>
    /// <exception cref="StoreException">The file is not a database of this version or an older one.</exception>
    public static void RequireOurs(SqliteConnection connection, string path, int current) =>
        RequireOurs(Number(connection, "PRAGMA application_id"), Number(connection, "PRAGMA user_version"), path, current);

    private static int Inspect(SqliteConnection connection, string path, int current)
    {
        Execute(connection, "PRAGMA busy_timeout=5000;");
        var (application, version) = (Number(connection, "PRAGMA application_id"), Number(connection, "PRAGMA user_version"));
        if (application == 0 && version == 0 && Number(connection, "SELECT count(*) FROM sqlite_schema") == 0)
            throw Damaged(path, "it has no tables", null, IfNothing);
        RequireOurs(application, version, path, current);
        if (new FileInfo(path).Length <= LargestCheckedFile && Text(connection, "PRAGMA quick_check(1)") is var finding and not "ok")
            throw Damaged(path, finding, null);
        return (int)version;
    }

    public static void RequireOurs(long application, long version, string path, int current)
    {
        if (application != Migrations.ApplicationId)
        {
            throw new StoreException(StoreCode.Foreign,
                $"'{path}' is a database of another program (application id {application}); it was left alone. Name another data directory, or move the file away.");
        }

        if (version > current)
        {
            throw new StoreException(StoreCode.Newer,
                $"'{path}' was written by a newer version (schema {version}; this one knows {current}); it was left alone. " +
                $"Start the newer version, or put back a backup ('{path}.v{current}.bak') if you accept losing what came after it.");
        }
    }

    private static StoreException Explain(string path, Exception exception)
    {
        var code = exception is SqliteException sqlite ? StoreCode.Of(sqlite) : StoreCode.Io;
        return code switch
        {
            StoreCode.Corrupt => Damaged(path, exception.Message, exception),
            StoreCode.Busy =>
                new(code, $"'{path}' is locked by another process. Close what has it open (a database browser?) and start again.", exception),
            StoreCode.Full => new(code, $"No space left to open '{path}'. Free some and start again; nothing was lost.", exception),
            _ => new(
                code, $"'{path}' cannot be opened: {exception.Message} Check that the folder exists, is on a local disk and belongs to this user.",
                exception),
        };
    }

    private static StoreException Orphaned(string path) => new(StoreCode.Corrupt,
        $"'{path}' is gone, but its write-ahead log ('{path}-wal') is still there, with messages in it; nothing was created. Put the file back, or a backup " +
        "(plugin-gateway restore FILE); to start with an empty store, move the log away.");

    private static StoreException Damaged(string path, string finding, Exception? inner, string hint = "") => new(StoreCode.Corrupt,
        $"'{path}' is damaged or no database ({finding}); it was left alone. Put back a backup (plugin-gateway restore FILE), or run " +
        $"`plugin-gateway recover --data '{Path.GetDirectoryName(path)}'`: it keeps the damaged file and saves what can still be read into a new one.{hint}",
        inner);

    public static long Number(SqliteConnection connection, string sql) => Convert.ToInt64(Scalar(connection, sql), CultureInfo.InvariantCulture);

    public static string Text(SqliteConnection connection, string sql) => (string)Scalar(connection, sql)!;

    [SuppressMessage("Security", "CA2100", Justification = "Constants only.")]
    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
