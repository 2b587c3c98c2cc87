using Microsoft.Data.Sqlite;

namespace PluginGateway.Store.Engine;

/// <summary>Upgrades a database to this version: one script a version, each in one transaction with its version number, after a backup.</summary>
internal sealed class Migrations(IReadOnlyList<string> scripts)
{
    /// <summary>Application id of the file format: "PGw1" in ASCII.</summary>
    public const int ApplicationId = 0x50477731;

    private const string ResourcePrefix = "PluginGateway.Store.Schema.v";

    /// <summary>The scripts in this assembly.</summary>
    public static Migrations Embedded { get; } = new(ReadScripts());

    public IReadOnlyList<string> Scripts => scripts;

    /// <summary>The version this program writes.</summary>
    public int Current => scripts.Count;

    /// <summary>Fills an empty database with the schema of one version, in one transaction.</summary>
    public void Create(SqliteConnection connection, int version) =>
        Database.Execute(connection, $"BEGIN IMMEDIATE;\n{string.Join('\n', scripts.Take(version))}\n{Stamp(version)} COMMIT;");

    /// <summary>Runs the missing scripts without a backup: for a database that is itself a copy.</summary>
    public void Upgrade(SqliteConnection connection, int version)
    {
        for (var next = version + 1; next <= Current; next++)
            Database.Execute(connection, $"BEGIN IMMEDIATE;\n{scripts[next - 1]}\n{Stamp(next)} COMMIT;");
    }

    /// <summary>Runs the missing scripts, after a backup.</summary>
    public void Upgrade(SqliteConnection connection, int version, ILogger log)
    {
        if (version >= Current) return;
        log.BackedUp(MigrationCopy.Write(connection, version));
        Upgrade(connection, version);
        log.Migrated(connection.DataSource, Current);
    }

    private static string Stamp(int version) => $"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {version};";

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
