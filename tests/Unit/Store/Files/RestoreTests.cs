using PluginGateway.Store;
using PluginGateway.Store.Files;

namespace PluginGateway.Tests.Store.Files;

public sealed class RestoreTests
{
    [Fact]
    public void Backup_takes_the_place_of_the_store_which_is_kept()
    {
        using var folder = new StoreFolder();
        var file = Backed(folder);
        var store = folder.Open();
        store.Stored("later");
        store.CloseCleanly();
        var report = Restore.Run(file, folder.Database, TimeProvider.System);
        Assert.Equal((1, 1), (report.Pending, report.Owed));
        Assert.Contains(".before-restore-", report.Kept, StringComparison.Ordinal);
        Assert.True(File.Exists(report.Kept));
        Assert.True(File.Exists(file));
        store = folder.Open();
        Assert.False(store.Accept(StoreFolder.Entry("later")).Value.IsDuplicate);
        Assert.True(store.Accept(StoreFolder.Entry("e1")).Value.IsDuplicate);
        store.Balance();
        store.CloseCleanly();
    }

    [Fact]
    public void Log_that_was_not_merged_is_kept_with_the_old_store_and_never_merged_into_the_backup()
    {
        using var folder = new StoreFolder();
        using var crashed = new StoreFolder();
        var file = Backed(folder);
        var store = folder.Open();
        store.Stored("later");
        InboxStoreTests.CopyDatabase(folder, crashed);
        store.CloseCleanly();
        var report = Restore.Run(file, crashed.Database, TimeProvider.System);
        store = crashed.Open();
        Assert.Equal(1, store.Balance().Inbound.Accepted);
        store.CloseCleanly();
        store = crashed.Open(o => o with { Path = report.Kept! });
        Assert.True(store.Accept(StoreFolder.Entry("later")).Value.IsDuplicate);
        store.CloseCleanly();
    }

    [Fact]
    public void Numbers_that_were_given_after_the_backup_are_not_given_again()
    {
        using var folder = new StoreFolder();
        var file = Backed(folder);
        var store = folder.Open();
        var (inbox, generation) = (store.Stored("later"), store.NextGeneration("a"));
        var key = store.Lease(store.Owe(inbox, 0).Row!.Id)!.Key;
        store.CloseCleanly();
        Restore.Run(file, folder.Database, TimeProvider.System);
        store = folder.Open();
        var again = store.Stored("another");
        Assert.NotEqual(inbox, again);
        Assert.NotEqual(key, store.Lease(store.Owe(again, 0).Row!.Id)!.Key);
        Assert.NotEqual(generation, store.NextGeneration("a"));
        store.CloseCleanly();
    }

    [Fact]
    public void What_is_no_sound_backup_changes_nothing()
    {
        using var folder = new StoreFolder();
        var file = Backed(folder);
        var before = File.ReadAllBytes(folder.Database);
        var damaged = folder.Database + ".damaged";
        File.Copy(file, damaged);
        Damage.Middle(damaged);
        var empty = folder.Database + ".empty";
        File.Create(empty).Dispose();
        var foreign = folder.Database + ".foreign";
        using (var browser = new Browser(foreign, "CREATE TABLE theirs (x)")) Assert.NotNull(browser);
        foreach (var (path, code) in new[]
        {
            (damaged, StoreCode.Corrupt), (empty, StoreCode.Corrupt), (foreign, StoreCode.Foreign), (folder.Database, StoreCode.Io),
            (file + ".nowhere", StoreCode.Io)
        })
        {
            Assert.Equal(code, Assert.Throws<StoreException>(() => Restore.Run(path, folder.Database, TimeProvider.System)).Code);
            Assert.Equal(before, File.ReadAllBytes(folder.Database));
        }
    }

    [Fact]
    public void Store_that_is_gone_or_damaged_is_no_obstacle()
    {
        using var folder = new StoreFolder();
        var file = Backed(folder);
        Damage.At(folder.Database, 0, 4096);
        Assert.NotNull(Restore.Run(file, folder.Database, TimeProvider.System).Kept);
        File.Delete(folder.Database);
        Assert.Null(Restore.Run(file, folder.Database, TimeProvider.System).Kept);
        folder.Open().CloseCleanly();
    }

    [Fact]
    public void Read_only_disk_can_be_backed_up_and_recovered_elsewhere_with_what_is_in_its_log()
    {
        using var disk = SmallDisk.Mount("size=24m");
        using var folder = new StoreFolder();
        using var onDisk = new StoreFolder(disk.Folder);
        var store = folder.Open();
        for (var i = 0; i < 5; i++) store.Stored($"e{i}");
        InboxStoreTests.CopyDatabase(folder, onDisk);
        store.CloseCleanly();
        disk.Remount("ro");
        try
        {
            Assert.Equal(5, Backup.Write(onDisk.Database, folder.Database + ".backup", TimeProvider.System).Pending);
            var report = Recovery.Run(onDisk.Database, TimeProvider.System, folder.Database + ".recovered");
            Assert.False(report.HasLost, report.ToString() + string.Join(';', report.Tables));
            Assert.Equal(5, report.After.Inbound.Accepted);
            Assert.Contains(
                "--to", Assert.Throws<StoreException>(() => Recovery.Run(Damaged(onDisk), TimeProvider.System)).Message, StringComparison.Ordinal);
        }
        finally
        {
            disk.Remount("rw");
        }

        string Damaged(StoreFolder on)
        {
            disk.Remount("rw");
            Damage.At(on.Database, 0, 100);
            disk.Remount("ro");
            return on.Database;
        }
    }

    [Fact]
    public void Read_only_disk_without_a_log_is_read_as_it_is()
    {
        using var disk = SmallDisk.Mount("size=24m");
        using var folder = new StoreFolder(disk.Folder);
        var store = folder.Open();
        store.Stored("e1");
        store.CloseCleanly();
        disk.Remount("ro");
        using var elsewhere = new StoreFolder();
        Assert.Equal(1, Backup.Write(folder.Database, elsewhere.Database, TimeProvider.System).Pending);
        disk.Remount("rw");
    }

    private static string Backed(StoreFolder folder)
    {
        var store = folder.Open();
        store.Owe(store.Stored("e1"), 0);
        store.NextGeneration("a");
        store.CloseCleanly();
        var file = Path.Combine(folder.Folder, "backup.db");
        Backup.Write(folder.Database, file, TimeProvider.System);
        return file;
    }
}
