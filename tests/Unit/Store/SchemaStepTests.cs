using System.Globalization;
using Microsoft.Data.Sqlite;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Files;
using PluginGateway.Store.Quota;
using PluginGateway.Store.Verbs;
using SQLitePCL;

namespace PluginGateway.Tests.Store;

/// <summary>Every schema of the past, against recovery and against an end of the process between any two statements of any step.</summary>
public sealed class SchemaStepTests
{
    private static readonly Migrations Schema = Migrations.Embedded;

    public static TheoryData<int> Versions => [.. Enumerable.Range(1, Schema.Current)];

    [Fact]
    public void New_store_has_the_newest_schema_and_no_copy_of_nothing_beside_it()
    {
        using var folder = new StoreFolder();
        folder.Open().CloseCleanly();
        Assert.Equal(["gateway.db"], Directory.GetFiles(folder.Folder).Select(Path.GetFileName));
        Assert.Equal(Schema.Current, Number(folder.Database, "PRAGMA user_version"));
    }

    [Fact]
    public void Messages_that_wait_since_before_sessions_are_marked_by_their_conversation()
    {
        using var folder = new StoreFolder();
        Old(folder.Database, 6);
        folder.Open().CloseCleanly();
        Assert.NotEqual(0, Number(folder.Database, "SELECT count(*) FROM inbox WHERE state < 2"));
        Assert.Equal(0, Number(folder.Database, "SELECT count(*) FROM inbox WHERE state < 2 AND session IS NOT conversation"));
    }

    [Fact]
    public void Messages_that_an_older_version_has_delivered_are_found_by_the_ids_of_their_platform()
    {
        using var folder = new StoreFolder();
        Old(folder.Database, 7);
        using (var before = new Browser(
            folder.Database, "UPDATE outbox SET kind = 0, target = NULL, state = 2, ended_utc = 1000 + id, chat = 'a/1', message_id = 'p' || id WHERE id < 40"))
            Assert.NotNull(before);
        var store = folder.Open();
        Assert.Equal(7, store.Accept(StoreFolder.Entry("quote") with { About = new SentMessage("a/1", "p7") }).Value.Target);
        store.CloseCleanly();
        Assert.Equal(39, Number(folder.Database, "SELECT count(*) FROM sent"));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Store_of_every_version_is_recovered_with_everything_that_can_be_read(int version)
    {
        using var folder = new StoreFolder();
        Old(folder.Database, version);
        // Only the books are wrong: every row can be read.
        using (var browser = new Browser(folder.Database, "UPDATE totals SET value = value + 1 WHERE name = 'Accepted'")) Assert.NotNull(browser);
        var report = Recovery.Run(folder.Database, TimeProvider.System);
        Assert.All(report.Tables, table => Assert.Equal(0, table.Lost));
        Assert.Equal((40, 40), (Saved(report, "inbox"), Saved(report, "outbox")));
        Assert.Equal(
            [Path.GetFileName(folder.Database), Path.GetFileName(report.Kept)], Directory.GetFiles(folder.Folder).Select(Path.GetFileName).Order());
        AssertComplete(folder);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Damaged_store_of_every_version_loses_the_damaged_rows_and_no_others(int version)
    {
        using var folder = new StoreFolder();
        Old(folder.Database, version, 4000);
        Damage.Leaf(folder.Database, "outbox");
        var report = Recovery.Run(folder.Database, TimeProvider.System);
        var outbox = report.Tables.Single(t => t.Table == "outbox");
        Assert.InRange(outbox.Lost!.Value, 1, 200);
        Assert.Equal(4000, outbox.Saved + outbox.Lost.Value);
        Assert.Equal(4000, Saved(report, "inbox"));
        Assert.True(report.HasLost);
        folder.Open().CloseCleanly();
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void Process_that_ends_between_any_two_statements_of_a_step_leaves_a_store_that_the_next_start_completes(int version)
    {
        for (var ended = 0; ; ended++)
        {
            using var folder = new StoreFolder();
            using var copy = new StoreFolder();
            Old(folder.Database, version);
            using var connection = new SqliteConnection($"Data Source={folder.Database};Pooling=False");
            connection.Open();
            SchemaFunctions.Register(connection);
            // So small a cache writes pages of the open transaction to the log.
            Database.Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA cache_size=1; BEGIN IMMEDIATE;");
            var rest = string.Concat(Schema.Scripts.Skip(version));
            var ran = 0;
            while (ran < ended && Step(connection, ref rest)) ran++;
            InboxStoreTests.CopyDatabase(folder, copy);
            AssertComplete(copy);
            if (ran < ended) return;
        }
    }

    [Fact]
    public void Creation_that_is_interrupted_between_any_two_statements_leaves_nothing_that_is_taken_for_a_store()
    {
        for (var ended = 0; ; ended++)
        {
            using var folder = new StoreFolder();
            var unfinished = folder.Database + ".creating";
            Database.CreatePrivate(unfinished);
            var ran = 0;
            using (var connection = new SqliteConnection($"Data Source={unfinished};Pooling=False"))
            {
                connection.Open();
                SchemaFunctions.Register(connection);
                var rest = string.Concat(Schema.Scripts);
                while (ran < ended && Step(connection, ref rest)) ran++;
            }

            var store = folder.Open();
            store.Stored("e1");
            store.CloseCleanly();
            Assert.Equal(["gateway.db"], Directory.GetFiles(folder.Folder).Select(Path.GetFileName));
            if (ran < ended) return;
        }
    }

    [Fact]
    public void Copy_before_a_migration_does_not_replace_the_copy_of_another_store()
    {
        using var folder = new StoreFolder();
        for (var i = 0; i < 2; i++)
        {
            File.Delete(folder.Database);
            Old(folder.Database, 1);
            folder.Open().CloseCleanly();
        }

        var names = Directory.GetFiles(folder.Folder).Select(Path.GetFileName).Order().ToArray();
        Assert.Equal(["gateway.db", "gateway.db.v1.bak", "gateway.db.v1.bak.1"], names);
    }

    [Theory]
    [InlineData(StoreSwap.Damaged)]
    [InlineData(StoreSwap.BeforeRestore)]
    public void Replacement_that_is_interrupted_after_any_step_is_finished_by_the_next_start(string why)
    {
        for (var moved = 0; moved < 4; moved++)
        {
            using var folder = new StoreFolder();
            var store = folder.Open();
            store.Stored("old");
            store.CloseCleanly();
            File.WriteAllText(folder.Database + "-wal", "a log");
            var replacement = $"{folder.Database}.{why}.replacement";
            using (var other = new StoreFolder())
            {
                store = other.Open();
                store.Stored("new");
                store.CloseCleanly();
                File.Copy(other.Database, replacement);
            }

            var kept =
                $"{folder.Database}.{why}-{File.GetLastWriteTimeUtc(replacement).ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}";
            if (moved > 0) File.Move(folder.Database + "-wal", kept + "-wal");
            if (moved > 1) File.Move(folder.Database, kept);
            if (moved > 2) File.Move(replacement, folder.Database);
            store = folder.Open();
            Assert.True(store.Accept(StoreFolder.Entry("new")).Value.IsDuplicate);
            Assert.False(store.Accept(StoreFolder.Entry("old")).Value.IsDuplicate);
            store.CloseCleanly();
            Assert.True(File.Exists(kept));
            Assert.Equal("a log", File.ReadAllText(kept + "-wal"));
        }
    }

    /// <summary>A store as a version of the past has left it: 40 of everything, unless another number is given.</summary>
    private static void Old(string path, int version, int rows = 40)
    {
        Database.CreateAt(path, Schema, version);
        using var connection = new SqliteConnection(Database.ConnectionString(path));
        connection.Open();
        SchemaFunctions.Register(connection);
        Database.Execute(connection, $"""
            PRAGMA synchronous=OFF;
            CREATE TEMP TABLE numbers AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT i FROM n;
            INSERT INTO inbox (adapter_id, generation, event_id, conversation, payload, accepted_utc) SELECT 'a', 1, 'e' || i, 'a/1', zeroblob(100), i FROM numbers;
            INSERT INTO outbox (key, inbox_id, adapter_id, chat, payload, owed_utc, due_utc, kind, target)
              SELECT (SELECT database_id FROM identity) || '.' || i || '.0', i, 'a', '1', zeroblob(100), i, i, 3, i FROM numbers;
            INSERT INTO adapter_state SELECT 'a', 'k' || i, 'value ' || i FROM numbers;
            INSERT INTO pairings SELECT 'a', 'u' || i, NULL, i, NULL, NULL FROM numbers;
            INSERT INTO media SELECT i, 'file ' || i FROM numbers;
            INSERT INTO generations VALUES ('a', 7);
            INSERT INTO totals VALUES ('Accepted', {rows}), ('Owed', {rows});
            """);
        Database.Execute(
            connection, $"INSERT INTO seen SELECT 'a', {(version < 3 ? "'e' || i" : "event_key('e' || i)")}, 4000000000000 + i FROM numbers");
        if (version >= 3) UsageTable.Recount(connection);
    }

    private static void AssertComplete(StoreFolder folder)
    {
        var store = folder.Open();
        Assert.Equal(40, store.Pending().Count);
        Assert.All(store.Open(), row => Assert.Equal((OwedKind.Reaction, row.Id), (row.Kind, row.Target)));
        Assert.Equal(40, store.Open().Count);
        Assert.Equal("value 7", store.State("a", "k7"));
        Assert.Equal(40, store.FirstPairings.Count);
        for (var i = 1; i <= 40; i++) Assert.True(store.Accept(StoreFolder.Entry($"e{i}")).Value.IsDuplicate);
        Assert.Equal(40, store.Read(StoreFolder.Patience, static db => db.Scalar<long>("SELECT count(*) FROM media")).Value);
        Assert.Equal(8, store.NextGeneration("a"));
        Assert.Equal(41, store.Stored("new"));
        store.CloseCleanly();
        Assert.Equal(Schema.Current, Number(folder.Database, "PRAGMA user_version"));
    }

    private static long Saved(RecoveryReport report, string table) => report.Tables.Single(t => t.Table == table).Saved;

    /// <summary>Runs the first statement. False: there is none left.</summary>
    private static bool Step(SqliteConnection connection, ref string sql)
    {
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_prepare_v2(connection.Handle!, sql, out var statement, out var rest));
        using (statement)
        {
            if (statement is null || statement.IsInvalid) return false;
            while (raw.sqlite3_step(statement) == raw.SQLITE_ROW)
            {
            }
        }

        sql = rest;
        return true;
    }

    private static long Number(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        return Database.Number(connection, sql);
    }
}
