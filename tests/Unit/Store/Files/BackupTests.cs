using PluginGateway.Store;
using PluginGateway.Store.Files;

namespace PluginGateway.Tests.Store.Files;

public sealed class BackupTests
{
    [Fact]
    public void Backup_under_load_is_a_sound_store_and_holds_the_writer_up_only_for_moments()
    {
        using var folder = new StoreFolder();
        using var other = new StoreFolder();
        var store = folder.Open();
        var text = new string('x', 10_000);
        var filled = new CountdownEvent(2000);
        for (var i = 0; i < 2000; i++) store.Accept(StoreFolder.Entry($"fill{i}", text: text), _ => filled.Signal());
        Assert.True(filled.Wait(StoreFolder.Patience));
        var (enough, accepted, longest) = (false, 0, TimeSpan.Zero);
        var load = PluginGateway.Threads.LoopThread.Start("load", () =>
        {
            for (var i = 0; !Volatile.Read(ref enough); i++)
            {
                var start = TimeProvider.System.GetTimestamp();
                if (store.Accept(StoreFolder.Entry($"e{i}")).IsDurable) accepted++;
                var took = TimeProvider.System.GetElapsedTime(start);
                if (took > longest) longest = took;
            }
        });
        var report = Backup.Write(folder.Database, other.Database, TimeProvider.System);
        Volatile.Write(ref enough, true);
        load.Join();
        Assert.InRange(longest.TotalSeconds, 0, 10);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(other.Database));
        var copy = other.Open();
        Assert.InRange(copy.Balance().Inbound.Pending, 2000, 2000 + accepted);
        Assert.Equal(report.Pending, copy.Balance().Inbound.Pending);
        Assert.Equal(store.DatabaseId, copy.DatabaseId);
        copy.CloseCleanly();
        Assert.Equal(2000 + accepted, store.Balance().Inbound.Accepted);
        store.CloseCleanly();
    }

    [Fact]
    public void What_is_there_is_never_overwritten()
    {
        using var folder = new StoreFolder();
        folder.Open().CloseCleanly();
        var target = Path.Combine(folder.Folder, "copy.db");
        File.WriteAllText(target, "precious");
        Assert.Contains("exists; it was left alone",
            Assert.Throws<StoreException>(() => Backup.Write(folder.Database, target, TimeProvider.System)).Message, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(target));
    }

    [Fact]
    public void Copy_that_fails_leaves_no_file()
    {
        using var folder = new StoreFolder();
        var target = Path.Combine(folder.Folder, "copy.db");
        Assert.Contains("There is no store", Assert.Throws<StoreException>(() => Backup.Write(folder.Database, target, TimeProvider.System)).Message,
            StringComparison.Ordinal);
        var store = folder.Open();
        for (var i = 0; i < 300; i++) store.Stored($"e{i}");
        store.CloseCleanly();
        Damage.Leaf(folder.Database, "inbox");
        Assert.Throws<StoreException>(() => Backup.Write(folder.Database, target, TimeProvider.System));
        Assert.False(File.Exists(target));
    }

    [Fact]
    public void Books_that_do_not_balance_are_no_backup()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        store.Stored("e1");
        store.CloseCleanly();
        using (var other = new Browser(folder.Database, "DELETE FROM inbox")) Assert.NotNull(other);
        var target = Path.Combine(folder.Folder, "copy.db");
        Assert.Contains("do not balance", Assert.Throws<StoreException>(() => Backup.Write(folder.Database, target, TimeProvider.System)).Message,
            StringComparison.Ordinal);
        Assert.False(File.Exists(target));
    }
}
