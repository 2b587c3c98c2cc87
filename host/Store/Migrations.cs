using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace PluginGateway.Store;

/// <summary>Brings a database to this version: one script a version, each in one transaction with its version number, after a backup.</summary>
internal sealed class Migrations(IReadOnlyList<string> scripts)
{
    /// <summary>"PGw1" in ASCII: tells our files from other people's.</summary>
    public const int ApplicationId = 0x50477731;

    private const string ResourcePrefix = "PluginGateway.Store.Schema.v";

    /// <summary>The scripts in this assembly.</summary>
    public static Migrations Embedded { get; } = new(ReadScripts());

    public IReadOnlyList<string> Scripts => scripts;

    /// <summary>The version this program writes.</summary>
    public int Current => scripts.Count;

    /// <summary>Runs what is missing.</summary>
    public void Apply(SqliteConnection connection, int version, ILogger log)
    {
        for (var next = version + 1; next <= Current; next++)
        {
            if (next > 1) Backup(connection, next - 1, log);
            Database.Execute(connection, $"BEGIN IMMEDIATE;\n{scripts[next - 1]}\nPRAGMA application_id = {ApplicationId}; PRAGMA user_version = {next}; COMMIT;");
            log.Migrated(connection.DataSource, next);
        }
    }

    private static void Backup(SqliteConnection connection, int version, ILogger log)
    {
        var path = $"{connection.DataSource}.v{version}.bak";
        File.Delete(path);
        Database.CreatePrivate(path);
        using var copy = new SqliteConnection(Database.ConnectionString(path));
        copy.Open();
        connection.BackupDatabase(copy);
        log.BackedUp(path);
    }

    private static List<string> ReadScripts()
    {
        var assembly = typeof(Migrations).Assembly;
        var found = new List<string>();
        while (assembly.GetManifestResourceStream($"{ResourcePrefix}{found.Count + 1}.sql") is { } stream)
        {
            using var reader = new StreamReader(stream);
            found.Add(reader.ReadToEnd());
        }

        return found;
    }
}
