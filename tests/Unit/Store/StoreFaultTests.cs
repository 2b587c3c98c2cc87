using Microsoft.Extensions.Logging.Abstractions;
using System.Buffers.Binary;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Store;
using PluginGateway.Store.Verbs;
using PluginGateway.Tests.Dispatch;

namespace PluginGateway.Tests.Store;

/// <summary>What goes wrong with the disk, the file and the clock, each with what the store does about it; on real files.</summary>
public sealed class StoreFaultTests
{
    [Fact]
    public void Full_store_refuses_messages_goes_on_with_what_is_owed_and_recovers_by_itself()
    {
        using var folder = new StoreFolder();
        var store = folder.Open(o => o with { MaxPages = 300, ProbeEvery = TimeSpan.FromMilliseconds(50) });
        var inbox = Inbox(store);
        var owed = store.Owe(store.Stored("t"), 0).Row!.Id;
        var stored = Fill(inbox);
        Assert.InRange(stored, 5, 200);
        Assert.Equal(StoreCode.Full, store.Failure?.Code);
        var settled = store.LastBalance;
        Assert.Equal("full", Accept(inbox, "small", "x").Reason);
        Assert.NotNull(store.Lease(owed));
        Assert.True(store.Deliver(owed));
        Assert.True(settled.IsExact);
        StoreFolder.Until(() => store.State("", "") is null && store.Failure is not null);

        using (var roomier = new SqliteConnection($"Data Source={folder.Database};Pooling=False"))
        {
            roomier.Open();
            using var command = roomier.CreateCommand();
            command.CommandText =
                "DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE state = 0 ORDER BY id DESC LIMIT 20); UPDATE totals SET value = value - 20 WHERE name = 'Accepted'";
            command.ExecuteNonQuery();
        }

        StoreFolder.Until(() => store.Failure is null);
        Assert.Equal(AcceptanceKind.Stored, Accept(inbox, "after", "x").Kind);
        Assert.True(store.Balance().Inbound.Refused > 0);
        store.CloseCleanly();
    }

    [Fact]
    public void Disk_that_is_full_for_real_loses_nothing_and_is_written_again_when_there_is_room()
    {
        using var disk = SmallDisk.Mount("size=24m");
        // More than the write-ahead log: it is merged into the file before it shrinks.
        File.WriteAllBytes(Path.Combine(disk.Folder, "ballast"), new byte[12 * 1024 * 1024]);
        using var folder = new StoreFolder(disk.Folder);
        var store = folder.Open(o => o with { ProbeEvery = TimeSpan.FromMilliseconds(50) });
        var inbox = Inbox(store);
        var stored = Fill(inbox);
        Assert.True(stored > 5);
        Assert.Equal(StoreCode.Full, store.Failure?.Code);
        Assert.Equal("full", Accept(inbox, "more", "x").Reason);
        Assert.Equal(stored, store.Read(StoreFolder.Patience, static db => db.Scalar<long>("SELECT count(*) FROM inbox")).Value);
        File.Delete(Path.Combine(disk.Folder, "ballast"));
        StoreFolder.Until(() => store.Failure is null);
        Assert.Equal(AcceptanceKind.Stored, Accept(inbox, "after", "x").Kind);
        Assert.Equal(stored + 1, store.Balance().Inbound.Accepted);
        store.CloseCleanly();
        store = folder.Open();
        Assert.Equal(stored + 1, store.Pending().Count);
        store.CloseCleanly();
    }

    [Fact]
    public void Read_only_disk_is_refused_with_a_sentence()
    {
        using var disk = SmallDisk.Mount("size=6m");
        using var folder = new StoreFolder(disk.Folder);
        folder.Open().CloseCleanly();
        disk.Remount("ro");
        var problem = Assert.Throws<StoreException>(() => folder.Open());
        disk.Remount("rw");
        Assert.Equal(StoreCode.Io, problem.Code);
        Assert.Contains("Check that the folder exists, is on a local disk and belongs to this user", problem.Message, StringComparison.Ordinal);
        folder.Open().CloseCleanly();
    }

    [Fact]
    public void Lock_of_three_seconds_by_another_program_is_sat_out()
    {
        using var folder = new StoreFolder();
        var store = folder.Open(o => o with { ProbeEvery = TimeSpan.FromMilliseconds(50) });
        using (var other = new Browser(folder.Database))
        {
            var release = PluginGateway.Threads.LoopThread.Start("browser", () =>
            {
                Thread.Sleep(TimeSpan.FromSeconds(3));
                other.Run("ROLLBACK");
            });
            StoreFolder.Until(() => store.Accept(StoreFolder.Entry("e1")).IsDurable);
            release.Join();
        }

        StoreFolder.Until(() => store.Failure is null);
        Assert.Equal(1, store.Balance().Inbound.Accepted);
        store.CloseCleanly();
    }

    [Fact]
    public void Lock_that_is_never_released_refuses_messages_and_keeps_the_writer_turning()
    {
        using var folder = new StoreFolder();
        var store = folder.Open(o => o with { ProbeEvery = TimeSpan.FromMilliseconds(50) });
        var inbox = Inbox(store);
        using var other = new Browser(folder.Database);
        Assert.Equal("full", Accept(inbox, "e1", "x").Reason);
        Assert.Equal(StoreCode.Busy, store.Failure?.Code);
        var start = TimeProvider.System.GetTimestamp();
        Assert.Equal("full", Accept(inbox, "e2", "x").Reason);
        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0, 1);
        Assert.InRange(store.Heartbeat.Age.TotalSeconds, 0, 5);
        other.Run("ROLLBACK");
        StoreFolder.Until(() => store.Failure is null);
        Assert.Equal(AcceptanceKind.Stored, Accept(inbox, "e1", "x").Kind);
        store.CloseCleanly();
    }

    [Fact]
    public void Database_that_another_program_keeps_locked_at_the_start_is_refused_with_the_remedy()
    {
        using var folder = new StoreFolder();
        folder.Open().CloseCleanly();
        using var other = new Browser(folder.Database, "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE");
        var problem = Assert.Throws<StoreException>(() => folder.Open());
        Assert.Equal(StoreCode.Busy, problem.Code);
        Assert.Contains("locked by another process", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_that_is_damaged_while_the_store_is_open_stops_it_with_the_remedy_and_is_not_touched()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        for (var i = 0; i < 300; i++) store.Stored($"e{i}");
        store.CloseCleanly();
        Damage.Middle(folder.Database);
        var problem = Assert.Throws<StoreException>(() => folder.Open());
        Assert.Equal(StoreCode.Corrupt, problem.Code);
        Assert.Contains("plugin-gateway recover --data", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Header_that_is_damaged_is_refused_with_the_remedy()
    {
        using var folder = new StoreFolder();
        folder.Open().CloseCleanly();
        Damage.At(folder.Database, 0, 100);
        Assert.Contains("recover", Assert.Throws<StoreException>(() => folder.Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Clock_that_jumps_ahead_makes_nothing_old_and_delays_nothing()
    {
        var clock = new SetClock();
        using var folder = new StoreFolder { Clock = clock };
        var store = folder.Open(o => o with { SweepEvery = TimeSpan.FromMilliseconds(1) });
        Assert.True(store.End(store.Stored("e1")).Value);
        clock.Set(TimeSpan.FromDays(3650));
        Thread.Sleep(600);
        Assert.True(store.Accept(StoreFolder.Entry("e1")).Value.IsDuplicate);
        Assert.InRange(store.Owe(store.Stored("e2"), 0).Row!.Due, DateTimeOffset.MinValue, DateTimeOffset.UtcNow.AddHours(1));
        store.CloseCleanly();
    }

    [Fact]
    public void Start_with_a_clock_far_ahead_forgets_nothing_until_it_is_trusted()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        using var folder = new StoreFolder { Clock = clock };
        var store = folder.Open();
        var parked = store.Owe(store.Stored("e1"), 0).Row!.Id;
        Assert.True(store.Park(parked));
        store.CloseCleanly();
        clock.Advance(TimeSpan.FromDays(3650));
        store = folder.Open();
        clock.Advance(TimeSpan.FromHours(23));
        Thread.Sleep(600);
        Assert.Single(store.ListOutbox(new([OutboxState.Parked], null, 10)));
        clock.Advance(TimeSpan.FromHours(2));
        StoreFolder.Until(() => store.ListOutbox(new([OutboxState.Parked], null, 10)).Count == 1);
        Assert.Single(store.Pending());
        store.CloseCleanly();
    }

    [Fact]
    public void Rows_written_by_a_clock_that_was_ahead_get_old_after_it_is_set_back()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_900_000_000));
        using var folder = new StoreFolder { Clock = clock };
        var store = folder.Open();
        Assert.True(store.End(store.Stored("e1")).Value);
        store.CloseCleanly();
        clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        using var later = new StoreFolder(folder.Folder) { Clock = clock };
        store = later.Open();
        clock.Advance(TimeSpan.FromMinutes(2));
        StoreFolder.Until(
            () => store.Read(StoreFolder.Patience, static db => db.Scalar<long>("SELECT max(ended_utc) FROM inbox")).Value < 1_850_000_000_000);
        clock.Advance(TimeSpan.FromDays(8));
        StoreFolder.Until(() => store.Read(StoreFolder.Patience, static db => db.Scalar<long>("SELECT count(*) FROM inbox")).Value == 0);
        store.CloseCleanly();
    }

    [Fact]
    public void Books_that_do_not_balance_are_noticed()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        store.Stored("e1");
        using (var other = new Browser(folder.Database, "DELETE FROM inbox")) Assert.NotNull(other);
        Assert.True(store.TryBalance(StoreFolder.Patience, out var balance));
        Assert.Equal((false, 1), (balance.IsExact, balance.Inbound.Missing));
        store.CloseCleanly();
    }

    private static IInbox Inbox(MessageStore store) =>
        new InboxIntake(store, new InboxLimits(), new OpenAccessFilter(), TimeProvider.System, NullLogger.Instance).Open("a", 1, InboundClass.AckGated, static () => false);

    private static Acceptance Accept(IInbox inbox, string eventId, string text)
    {
        var task = inbox.AcceptAsync(new InboundMessage(eventId, new Chat("1", ChatKind.Direct), new Sender("u"), text), CancellationToken.None);
        Assert.True(task.Wait(StoreFolder.Patience));
        return task.Result;
    }

    private static int Fill(IInbox inbox)
    {
        for (var stored = 0; stored < 1000; stored++)
        {
            if (Accept(inbox, $"fill-{stored}", new string('x', 20_000)).Kind != AcceptanceKind.Stored) return stored;
        }

        throw new InvalidOperationException("It is never full.");
    }
}

/// <summary>The real clock, until somebody sets the wall clock; time goes on meanwhile.</summary>
internal sealed class SetClock : TimeProvider
{
    private long _ahead;

    public void Set(TimeSpan ahead) => Volatile.Write(ref _ahead, ahead.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _ahead));
}

/// <summary>Another program that has the database open, and holds its lock.</summary>
internal sealed class Browser : IDisposable
{
    private readonly SqliteConnection _connection;

    public Browser(string database, string sql = "BEGIN EXCLUSIVE")
    {
        _connection = new SqliteConnection($"Data Source={database};Pooling=False");
        _connection.Open();
        Run(sql);
    }

    public void Run(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Dispose() => _connection.Dispose();
}

internal static class Damage
{
    public static void Middle(string database) => At(database, new FileInfo(database).Length / 2 / 4096 * 4096, 4096);

    /// <summary>The leftmost page of a table's rows.</summary>
    public static void Leaf(string database, string table) => At(database, (LeafOf(database, table) - 1) * 4096, 4096);

    /// <summary>The pages, from 0, without which nothing can be read: the schema's root and its leaves.</summary>
    public static IEnumerable<int> PagesOfSchema(string database)
    {
        const int Inner = 5, Header = 100;
        var root = File.ReadAllBytes(database).AsSpan(0, 4096);
        List<int> pages = [0];
        if (root[Header] != Inner) return pages;
        pages.Add(BinaryPrimitives.ReadInt32BigEndian(root[(Header + 8)..]) - 1);
        for (var cell = 0; cell < BinaryPrimitives.ReadUInt16BigEndian(root[(Header + 3)..]); cell++)
        {
            var place = BinaryPrimitives.ReadUInt16BigEndian(root[(Header + 12 + (2 * cell))..]);
            pages.Add(BinaryPrimitives.ReadInt32BigEndian(root[place..]) - 1);
        }

        return pages;
    }

    public static void At(string database, long position, int count)
    {
        using var file = File.OpenWrite(database);
        var noise = new byte[count];
        new Random(1).NextBytes(noise);
        file.Position = position;
        file.Write(noise);
    }

    private static long LeafOf(string database, string table)
    {
        using var connection = new SqliteConnection($"Data Source={database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT rootpage FROM sqlite_schema WHERE name = '{table}'";
        var root = (long)command.ExecuteScalar()!;
        connection.Close();
        // An inner page of a table ends its header with the number of its rightmost child; the first cell's first four bytes are its leftmost.
        var bytes = File.ReadAllBytes(database).AsSpan((int)(root - 1) * 4096, 4096);
        Assert.Equal(5, bytes[0]);
        var cell = (bytes[14] << 8) | bytes[15];
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes[cell..]);
    }
}

/// <summary>A small file system of its own; needs root.</summary>
internal sealed class SmallDisk : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("small-disk-").FullName;

    public static SmallDisk Mount(string options)
    {
        var disk = new SmallDisk();
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess || Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", disk.Folder) != 0)
        {
            Directory.Delete(disk.Folder);
            Assert.Skip("A small file system can only be mounted on Linux by root.");
        }

        return disk;
    }

    public void Remount(string mode) => Assert.Equal(0, Run("mount", "-o", $"remount,{mode}", Folder));

    public void Dispose()
    {
        Run("umount", "-l", Folder);
        Directory.Delete(Folder, recursive: true);
    }

    private static int Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}
