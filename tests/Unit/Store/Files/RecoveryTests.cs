using PluginGateway.Store;
using PluginGateway.Store.Files;

namespace PluginGateway.Tests.Store.Files;

public sealed class RecoveryTests
{
    [Fact]
    public void Sound_store_is_left_alone()
    {
        using var folder = new StoreFolder();
        Filled(folder);
        var before = File.ReadAllBytes(folder.Database);
        Assert.Null(Recovery.Run(folder.Database, TimeProvider.System).Kept);
        Assert.Equal(before, File.ReadAllBytes(folder.Database));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void What_can_be_read_is_saved_around_what_cannot_and_the_damaged_file_is_kept(int seed)
    {
        using var folder = new StoreFolder();
        var (pending, owed) = Filled(folder);
        var random = new Random(seed);
        var pages = Enumerable.Range(0, (int)(new FileInfo(folder.Database).Length / 4096)).Except(Damage.PagesOfSchema(folder.Database)).ToArray();
        for (var i = 0; i < 3; i++) Damage.At(folder.Database, pages[random.Next(pages.Length)] * 4096L, 4096);
        var damaged = File.ReadAllBytes(folder.Database);

        var report = Recovery.Run(folder.Database, TimeProvider.System);
        Assert.Equal(damaged, File.ReadAllBytes(report.Kept!));
        Assert.True(report.After.IsExact);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.Database));
        var store = folder.Open();
        var balance = store.Balance();
        Assert.Equal(report.After, balance);
        Assert.Subset(pending.ToHashSet(), store.Pending().Select(r => r.Id).ToHashSet());
        Assert.Subset(owed.ToHashSet(), store.Open().Select(r => r.Id).ToHashSet());
        // At most three pages of each table are gone, or an inner one with what hangs on it.
        Assert.True(report.Tables.Sum(t => t.Saved) > 0, string.Join("; ", report.Tables));
        Assert.True(store.Stored("new") > pending.Max());
        store.CloseCleanly();
    }

    [Fact]
    public void One_damaged_leaf_costs_its_own_rows_only_and_the_report_names_how_many()
    {
        using var folder = new StoreFolder();
        var (pending, _) = Filled(folder);
        Damage.Leaf(folder.Database, "inbox");
        var report = Recovery.Run(folder.Database, TimeProvider.System);
        var inbox = report.Tables.Single(t => t.Table == "inbox");
        Assert.InRange(inbox.Lost!.Value, 1, 40);
        Assert.Equal(600, inbox.Saved + inbox.Lost.Value);
        Assert.Equal(600, report.Before!.Inbound.Accepted);
        var store = folder.Open();
        Assert.InRange(store.Pending().Count, pending.Count - 40, pending.Count - 1);
        Assert.True(store.Accept(StoreFolder.Entry("e1")).Value.IsDuplicate);
        Assert.Equal("7", store.State("a", "cursor"));
        store.CloseCleanly();
    }

    [Fact]
    public void Messages_in_the_log_that_was_not_merged_yet_are_saved_too()
    {
        using var folder = new StoreFolder();
        using var copy = new StoreFolder();
        var store = folder.Open();
        for (var i = 0; i < 100; i++) store.Stored($"e{i}");
        InboxStoreTests.CopyDatabase(folder, copy);
        store.CloseCleanly();
        using (var browser = new Browser(copy.Database, "DELETE FROM totals"))
        {
            browser.Run("PRAGMA wal_autocheckpoint=0");
            InboxStoreTests.CopyDatabase(copy, folder);
        }

        var report = Recovery.Run(folder.Database, TimeProvider.System);
        Assert.NotNull(report.Kept);
        store = folder.Open();
        Assert.Equal(100, store.Pending().Count);
        Assert.Equal(100, store.Balance().Inbound.Accepted);
        store.CloseCleanly();
    }

    [Fact]
    public void File_that_is_no_database_gives_an_empty_store_and_is_kept()
    {
        using var folder = new StoreFolder();
        File.WriteAllText(folder.Database, string.Concat(Enumerable.Repeat("not a database ", 1000)));
        var report = Recovery.Run(folder.Database, TimeProvider.System);
        Assert.StartsWith("not a database", File.ReadAllText(report.Kept!), StringComparison.Ordinal);
        Assert.All(report.Tables, table => Assert.Null(table.Lost));
        var store = folder.Open();
        Assert.Empty(store.Pending());
        store.CloseCleanly();
    }

    [Fact]
    public void Disk_that_is_full_fails_the_recovery_and_is_no_loss()
    {
        using var disk = SmallDisk.Mount("size=24m");
        using var folder = new StoreFolder(disk.Folder);
        Filled(folder);
        Damage.Leaf(folder.Database, "inbox");
        File.WriteAllBytes(Path.Combine(disk.Folder, "ballast"), new byte[new DriveInfo(disk.Folder).AvailableFreeSpace - 160 * 1024]);
        var before = File.ReadAllBytes(folder.Database);
        var problem = Assert.Throws<StoreException>(() => Recovery.Run(folder.Database, TimeProvider.System));
        Assert.Contains("Nothing was changed", problem.Message, StringComparison.Ordinal);
        Assert.Contains("--to", problem.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(folder.Database));
        File.Delete(Path.Combine(disk.Folder, "ballast"));
        Assert.NotNull(Recovery.Run(folder.Database, TimeProvider.System).Kept);
    }

    [Fact]
    public void Row_that_the_schema_does_not_allow_counts_as_lost()
    {
        using var folder = new StoreFolder();
        Filled(folder);
        using (var browser = new Browser(folder.Database, "PRAGMA writable_schema=1"))
        {
            // A damaged page can hold anything: here a payload that is null.
            browser.Run("UPDATE sqlite_schema SET sql = replace(sql, 'payload BLOB NOT NULL', 'payload BLOB') WHERE name = 'inbox'; PRAGMA writable_schema=RESET");
            browser.Run("UPDATE inbox SET payload = NULL WHERE id IN (3, 5); UPDATE totals SET value = value + 1 WHERE name = 'Accepted'");
        }

        var report = Recovery.Run(folder.Database, TimeProvider.System);
        Assert.Equal(2, report.Tables.Single(t => t.Table == "inbox").Lost);
        Assert.True(report.HasLost);
    }

    [Fact]
    public void Database_of_another_program_is_not_recovered()
    {
        using var folder = new StoreFolder();
        using (var browser = new Browser(folder.Database, "CREATE TABLE theirs (x)")) Assert.NotNull(browser);
        Assert.Equal(StoreCode.Foreign, Assert.Throws<StoreException>(() => Recovery.Run(folder.Database, TimeProvider.System)).Code);
    }

    private static (List<long> Pending, List<long> Owed) Filled(StoreFolder folder)
    {
        var store = folder.Open();
        var (pending, owed) = (new List<long>(), new List<long>());
        for (var i = 0; i < 600; i++)
        {
            var id = store.Stored($"e{i}");
            if (i % 3 == 0) owed.Add(store.Owe(id, 0).Row!.Id);
            if (i % 2 == 0) pending.Add(id);
            else store.End(id);
        }

        store.Accept(StoreFolder.Entry("last", state: new() { ["cursor"] = "7" }));
        Assert.True(store.End(store.Pending()[^1].Id).Value);
        store.CloseCleanly();
        using var browser = new Browser(
            folder.Database, "DELETE FROM inbox WHERE event_id = 'last'; UPDATE totals SET value = value - 1 WHERE name IN ('Accepted', 'Handled')");
        return (pending, owed);
    }
}
