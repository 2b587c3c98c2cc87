using Microsoft.Data.Sqlite;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Files;

namespace PluginGateway.Tests.Store;

public sealed class OpenStoreTests
{
    [Fact]
    public void New_database_belongs_to_its_owner_alone()
    {
        using var folder = new StoreFolder();
        var path = Path.Combine(folder.Folder, "data", "gateway.db");
        var store = folder.Open(o => o with { Path = path });
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
        Assert.All([path, path + "-wal", path + "-shm"], file => Assert.Equal(OwnerOnly, File.GetUnixFileMode(file)));
        store.CloseCleanly();
        Assert.False(File.Exists(path + "-wal") && new FileInfo(path + "-wal").Length > 0);
    }

    [Fact]
    public void Zero_byte_file_is_refused_with_its_remedies_and_its_log_is_left_alone()
    {
        using var folder = new StoreFolder();
        File.Create(folder.Database).Dispose();
        File.WriteAllText(folder.Database + "-wal", "a log");
        Refused(folder, StoreCode.Corrupt, "it is empty, 0 bytes");
        Assert.Equal(0, new FileInfo(folder.Database).Length);
        Assert.Equal("a log", File.ReadAllText(folder.Database + "-wal"));
        // One of the remedies.
        var report = Recovery.Run(folder.Database, TimeProvider.System);
        Assert.True(report.HasLost);
        Assert.Equal("a log", File.ReadAllText(report.Kept + "-wal"));
        folder.Open().CloseCleanly();
    }

    [Fact]
    public void Database_without_a_table_is_refused_as_it_may_have_been_a_store()
    {
        using var folder = new StoreFolder();
        Run(folder, "PRAGMA journal_mode=WAL");
        Assert.NotEqual(0, new FileInfo(folder.Database).Length);
        Refused(folder, StoreCode.Corrupt, "it has no tables");
    }

    [Fact]
    public void Log_without_its_database_is_refused_and_left_alone()
    {
        using var folder = new StoreFolder();
        File.WriteAllText(folder.Database + "-wal", "a log");
        Refused(folder, StoreCode.Corrupt, "is gone, but its write-ahead log");
        Assert.Equal("a log", File.ReadAllText(folder.Database + "-wal"));
        Assert.False(File.Exists(folder.Database));
    }

    [Fact]
    public void Newer_database_is_refused_with_its_remedy_and_left_alone()
    {
        using var folder = new StoreFolder();
        folder.Open().CloseCleanly();
        Run(folder, "PRAGMA user_version = 99");
        var before = File.ReadAllBytes(folder.Database);
        Refused(folder, StoreCode.Newer, "newer version (schema 99; this one knows");
        Assert.Equal(before, File.ReadAllBytes(folder.Database));
    }

    [Fact]
    public void Database_of_another_program_is_refused_and_left_alone()
    {
        using var folder = new StoreFolder();
        Run(folder, "CREATE TABLE theirs (x)");
        var before = File.ReadAllBytes(folder.Database);
        Refused(folder, StoreCode.Foreign, "another program");
        Assert.Equal(before, File.ReadAllBytes(folder.Database));
    }

    [Fact]
    public void File_that_is_no_database_is_refused_and_left_alone()
    {
        using var folder = new StoreFolder();
        File.WriteAllText(folder.Database, string.Concat(Enumerable.Repeat("not a database ", 1000)));
        Refused(folder, StoreCode.Corrupt, "plugin-gateway recover");
        Assert.StartsWith("not a database", File.ReadAllText(folder.Database), StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_database_is_refused_and_left_alone()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        for (var i = 0; i < 200; i++) store.Stored($"e{i}");
        store.CloseCleanly();
        using (var file = File.OpenWrite(folder.Database))
        {
            var noise = new byte[file.Length - 4096];
            new Random(1).NextBytes(noise);
            file.Position = 4096;
            file.Write(noise);
        }

        var before = File.ReadAllBytes(folder.Database);
        Refused(folder, StoreCode.Corrupt, "plugin-gateway recover");
        Assert.Equal(before, File.ReadAllBytes(folder.Database));
    }

    [Fact]
    public void Migration_keeps_a_copy_of_what_was_before()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        store.Stored("e1");
        store.CloseCleanly();
        var newer = new Migrations([.. Migrations.Embedded.Scripts, "ALTER TABLE inbox ADD COLUMN note TEXT;"]);
        store = folder.Open(migrations: newer);
        Assert.Single(store.Pending());
        store.CloseCleanly();
        Refused(folder, StoreCode.Newer, "put back a backup");
        var backup = $"{folder.Database}.v{Migrations.Embedded.Current}.bak";
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(backup));
        File.Copy(backup, folder.Database, overwrite: true);
        store = folder.Open();
        Assert.Single(store.Pending());
        store.CloseCleanly();
    }

    [Fact]
    public void Store_of_the_first_version_is_brought_to_this_one_with_everything_in_it()
    {
        using var folder = new StoreFolder();
        Database.CreateAt(folder.Database, Migrations.Embedded, 1);
        Run(folder, "INSERT INTO inbox (adapter_id, generation, event_id, conversation, payload, accepted_utc) VALUES ('a', 1, 'e1', 'a/1', x'00', 1); INSERT INTO totals VALUES ('Accepted', 1)");
        var store = folder.Open();
        Assert.Single(store.Pending());
        var row = store.Owe(store.Stored("e2"), 0).Row!;
        Assert.NotNull(store.Lease(row.Id));
        Assert.True(StoreCalls.Wait<bool>(done => store.Reschedule(row.Id, folder.Clock.GetUtcNow(), true, "in doubt", done)).Value);
        Assert.NotNull(Assert.Single(store.Open()).DoubtfulSince);
        store.CloseCleanly();
    }

    [Fact]
    public void Migration_that_fails_changes_nothing()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        store.Stored("e1");
        store.CloseCleanly();
        var broken = new Migrations([.. Migrations.Embedded.Scripts, "ALTER TABLE inbox ADD COLUMN note TEXT; SELECT no_such_function();"]);
        Assert.Throws<StoreException>(() => folder.Open(migrations: broken));
        store = folder.Open();
        Assert.Single(store.Pending());
        store.CloseCleanly();
    }

    [Fact]
    public void Generations_are_counted_over_restarts_for_each_adapter_id()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        Assert.Equal((1, 2, 1), (store.NextGeneration("a"), store.NextGeneration("a"), store.NextGeneration("b")));
        store.CloseCleanly();
        store = folder.Open();
        Assert.Equal((3, 2), (store.NextGeneration("a"), store.NextGeneration("b")));
        store.CloseCleanly();
    }

    private static void Refused(StoreFolder folder, string code, string sentence)
    {
        var exception = Assert.Throws<StoreException>(() => folder.Open());
        Assert.Equal(code, exception.Code);
        Assert.Contains(sentence, exception.Message, StringComparison.Ordinal);
        Assert.Contains(folder.Database, exception.Message, StringComparison.Ordinal);
    }

    private static void Run(StoreFolder folder, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={folder.Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
