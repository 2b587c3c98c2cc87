using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Files;
using PluginGateway.Store.Verbs;
using SQLitePCL;

namespace PluginGateway.Tests.Store;

/// <summary>Somebody replaces, removes or moves the files under an open store: nothing is acknowledged into files that nobody finds again, and what
/// was accepted is found.</summary>
public sealed class ReplacedStoreTests
{
    [Theory]
    [InlineData("")]
    [InlineData("-wal")]
    [InlineData("-shm")]
    public void File_that_is_removed_is_noticed_before_the_next_acknowledgement(string end)
    {
        using var folder = new StoreFolder();
        var store = Filled(folder);
        File.Delete(folder.Database + end);
        AssertRefused(store, $"'{folder.Database}{end}' was moved or removed");
        Assert.Equal(["e0", "e1", "e2"], Events(folder, Rescued(folder) ?? folder.Database));
    }

    [Fact]
    public void Database_that_is_replaced_by_a_backup_is_noticed_and_what_came_after_the_backup_is_kept()
    {
        using var folder = new StoreFolder();
        var store = Filled(folder);
        Backup.Write(folder.Database, folder.Database + ".copy", TimeProvider.System);
        store.Stored("e3");
        File.Move(folder.Database + ".copy", folder.Database, overwrite: true);
        foreach (var end in (string[])["-wal", "-shm"]) File.Delete(folder.Database + end);
        AssertRefused(store, "was replaced by another file");
        Assert.Equal(["e0", "e1", "e2"], Events(folder, folder.Database));
        var rescued = Rescued(folder)!;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(rescued));
        Restore.Run(rescued, folder.Database, TimeProvider.System);
        Assert.Equal(["e0", "e1", "e2", "e3"], Events(folder, folder.Database));
    }

    [Fact]
    public void Folder_that_is_moved_is_noticed_and_the_files_are_complete_where_they_are()
    {
        using var folder = new StoreFolder();
        var path = Path.Combine(folder.Folder, "data", "gateway.db");
        var store = Filled(folder, path);
        Directory.Move(Path.Combine(folder.Folder, "data"), Path.Combine(folder.Folder, "moved"));
        AssertRefused(store, "was moved or removed");
        Assert.Equal(["e0", "e1", "e2"], Events(folder, Path.Combine(folder.Folder, "moved", "gateway.db")));
    }

    [Fact]
    public void Database_that_is_moved_keeps_what_was_accepted()
    {
        using var folder = new StoreFolder();
        var store = Filled(folder);
        var moved = folder.Database + ".moved";
        File.Move(folder.Database, moved);
        AssertRefused(store, "was moved or removed");
        Assert.Equal(["e0", "e1", "e2"], Events(folder, moved));
    }

    [Fact]
    public void Store_that_nobody_uses_is_looked_at_too()
    {
        using var folder = new StoreFolder();
        var store = Filled(folder);
        File.Delete(folder.Database);
        StoreFolder.Until(() => store.Broken is { Code: StoreCode.Replaced });
        Assert.NotNull(store.Refusal);
        Assert.False(store.Close(StoreFolder.Patience));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-wal")]
    public void Nothing_is_written_through_a_descriptor_that_means_another_file(string end)
    {
        using var folder = new StoreFolder();
        var store = Filled(folder, lookEvery: TimeSpan.FromDays(1));
        using var stranger = new FileStream(Path.Combine(folder.Folder, "stranger"), FileMode.CreateNew);
        stranger.Write(new byte[64]);
        stranger.Flush();
        var descriptor = Descriptors(folder.Database + end);
        var own = Native.Duplicate(descriptor);
        // As a plugin does that closes what is not its own: the number is given to the next file.
        Native.Replace((int)stranger.SafeFileHandle.DangerousGetHandle(), descriptor);
        AssertRefused(store, "was closed or means another file");
        // For the other tests in this process: SQLite knows files by their inodes, and a free one is used again.
        Native.Replace(own, descriptor);
        Assert.Equal(new byte[64], File.ReadAllBytes(Path.Combine(folder.Folder, "stranger")));
        using var copy = new StoreFolder();
        InboxStoreTests.CopyDatabase(folder, copy);
        Assert.Equal(["e0", "e1", "e2"], Events(copy, copy.Database));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("-wal", false)]
    [InlineData("-wal", true)]
    public void Descriptor_that_is_replaced_during_a_transaction_fails_it(string end, bool isCommitting)
    {
        using var folder = new StoreFolder();
        using var connection = Database.Open(new StoreOptions(folder.Database), Migrations.Embedded, NullLogger.Instance);
        using var session = new Session(connection, TimeProvider.System);
        var writer = new Writer(session, new StoreOptions(folder.Database) { LookEvery = TimeSpan.FromDays(1) }, TimeSpan.FromDays(1), static _ => { },
            TimeProvider.System, NullLogger.Instance);
        writer.Start();
        using var stranger = new FileStream(Path.Combine(folder.Folder, "stranger"), FileMode.CreateNew);
        var descriptor = Descriptors(folder.Database + end);
        var own = Native.Duplicate(descriptor);
        // SQLite calls the hook when the statements are done, and writes after it.
        if (isCommitting) raw.sqlite3_commit_hook(connection.Handle!, _ => Replace(), null);
        using var isAnswered = new ManualResetEventSlim();
        StoreFailure? failure = null;
        writer.Post(new Command<bool>(db =>
        {
            if (!isCommitting) Replace();
            AdapterVerbs.SetState(db, "a", "key", "value");
            return true;
        }, result =>
        {
            failure = result.Failure;
            isAnswered.Set();
        }));
        Assert.True(isAnswered.Wait(StoreFolder.Patience));
        Assert.Equal(StoreCode.Replaced, failure?.Code);
        Assert.Equal(StoreCode.Replaced, writer.Broken?.Code);
        Assert.False(writer.Close(StoreFolder.Patience));
        Native.Replace(own, descriptor);
        if (!isCommitting) Assert.Equal(0, stranger.Length);

        int Replace()
        {
            Native.Replace((int)stranger.SafeFileHandle.DangerousGetHandle(), descriptor);
            return 0;
        }
    }

    [Fact]
    public void Lock_that_is_lost_refuses_and_one_that_is_taken_again_does_not()
    {
        using var folder = new StoreFolder();
        var state = LockState.Ours;
        var store = folder.Open(o => o with { Lock = () => state, LookEvery = TimeSpan.Zero });
        store.Stored("e0");
        state = LockState.Retaken;
        store.Stored("e1");
        state = LockState.Lost;
        AssertRefused(store, "belongs to another process");
    }

    private static MessageStore Filled(StoreFolder folder, string? path = null, TimeSpan? lookEvery = null)
    {
        var store = folder.Open(o => o with { Path = path ?? o.Path, LookEvery = lookEvery ?? TimeSpan.Zero });
        for (var i = 0; i < 3; i++) store.Stored($"e{i}");
        return store;
    }

    private static void AssertRefused(MessageStore store, string sentence)
    {
        var commandResult = store.Accept(StoreFolder.Entry("late"));
        Assert.Equal(StoreCode.Replaced, commandResult.Failure?.Code);
        StoreFolder.Until(() => store.Broken is not null);
        Assert.Contains(sentence, store.Broken!.Message, StringComparison.Ordinal);
        Assert.Equal(StoreCode.Replaced, store.Refusal?.Code);
        Assert.False(store.Close(StoreFolder.Patience));
    }

    private static string? Rescued(StoreFolder folder) => Directory.GetFiles(folder.Folder, "gateway.db.rescued-*Z").SingleOrDefault();

    /// <summary>Without the message that came when it was too late: it was not acknowledged, so that it may be there.</summary>
    private static List<string> Events(StoreFolder folder, string path)
    {
        var store = folder.Open(o => o with { Path = path });
        var events = store.Read(StoreFolder.Patience, static db =>
        {
            var found = new List<string>();
            using var rows = db.Query("SELECT event_id FROM inbox WHERE event_id <> 'late' ORDER BY id");
            while (rows.Read()) found.Add(rows.GetString(0));
            return found;
        }).Value!;
        store.CloseCleanly();
        return events;
    }

    private static int Descriptors(string path) =>
        Directory.GetFiles("/proc/self/fd").Where(entry => new FileInfo(entry).LinkTarget == path)
            .Select(entry => int.Parse(Path.GetFileName(entry), null)).Single();
}

internal static class Native
{
    private delegate int One(int descriptor);

    private delegate int Two(int from, int to);

    /// <summary>Makes one descriptor mean the file of another.</summary>
    public static void Replace(int from, int to) => Assert.Equal(to, Find<Two>("dup2")(from, to));

    public static int Duplicate(int descriptor) => Find<One>("dup")(descriptor);

    private static T Find<T>(string name) => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), name));
}
