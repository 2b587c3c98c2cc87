using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;
using PluginGateway.Threads;

namespace PluginGateway.Tests.Store.Engine;

public sealed class WriterTests
{
    [Fact]
    public void Answers_come_in_the_order_of_the_calls_across_batches()
    {
        using var folder = new StoreFolder();
        var store = folder.Open(o => o with { MaxBatch = 7 });
        var (order, done) = (new List<long>(), new CountdownEvent(200));
        for (var i = 0; i < 200; i++)
        {
            store.Accept(StoreFolder.Entry($"e{i}"), commandResult =>
            {
                order.Add(commandResult.Value.InboxId);
                done.Signal();
            });
        }

        Assert.True(done.Wait(StoreFolder.Patience));
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), order);
        store.CloseCleanly();
    }

    [Fact]
    public void Commands_that_wait_together_share_a_commit()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        using var release = new ManualResetEventSlim();
        store.Accept(StoreFolder.Entry("e0"), _ => release.Wait(StoreFolder.Patience));
        for (var i = 0; i < 400; i++) store.SetState("a", $"k{i % 10}", $"{i}", static _ => { });
        var before = new FileInfo(folder.Database + "-wal").Length;
        release.Set();
        Assert.Equal("399", store.State("a", "k9"));
        // A commit writes at least one page of 4 KiB.
        Assert.InRange(new FileInfo(folder.Database + "-wal").Length - before, 4096, 100 * 4096);
        store.CloseCleanly();
    }

    [Fact]
    public void The_disk_is_waited_for_unless_nothing_in_a_batch_must_be_on_it()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        using var session = OpenSession(connection);
        var writer = new Writer(
            session, new StoreOptions(":memory:"), TimeSpan.FromDays(1), static _ => { }, TimeProvider.System, NullLogger.Instance);
        var levels = new List<long>();
        const long waits = 2, doesNotWait = 1; // what SQLite calls FULL and NORMAL

        Step(false);
        Step(true);
        Step(false, false);
        Step(false, true, false);
        Step(false);
        Assert.Equal([doesNotWait, waits, doesNotWait, doesNotWait, waits, waits, waits, doesNotWait], levels);

        void Step(params bool[] mustBeOnDisk)
        {
            foreach (var must in mustBeOnDisk)
            {
                writer.Post(new Command<long>(static db => db.Scalar<long>("PRAGMA synchronous"), result =>
                {
                    Assert.True(result.IsDurable);
                    levels.Add(result.Value);
                }) { MustBeOnDisk = must });
            }

            writer.Step(TimeSpan.Zero);
        }
    }

    /// <summary>Else a count would be in no commit until something else is written.</summary>
    [Fact]
    public void What_is_counted_while_a_batch_grows_is_in_its_commit_and_in_a_balance_that_is_read_behind_it()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        using var session = OpenSession(connection);
        var writer = new Writer(
            session, new StoreOptions(":memory:"), TimeSpan.FromDays(1), static _ => { }, TimeProvider.System, NullLogger.Instance);
        Balance? balance = null;
        writer.Post(new Command<bool>(
            _ =>
            {
                writer.Count(Total.Discarded);
                writer.Post(new Command<Balance>(BalanceQuery.Read, result => balance = result.Value));
                return true;
            }, null));
        writer.Step(TimeSpan.Zero);
        Assert.Equal(1, balance?.Inbound.Discarded);
    }

    [Fact]
    public void Full_disk_fails_what_cannot_be_written_and_loses_nothing_else()
    {
        using var folder = new StoreFolder();
        var store = folder.Open(o => o with { MaxPages = 200 });
        var text = new string('x', 20_000);
        var (commandResults, done) = (new List<CommandResult<Accepted>>(), new CountdownEvent(100));
        for (var i = 0; i < 100; i++)
        {
            store.Accept(StoreFolder.Entry($"e{i}", text: i == 99 ? "small" : text), commandResult =>
            {
                commandResults.Add(commandResult);
                done.Signal();
            });
        }

        Assert.True(done.Wait(StoreFolder.Patience));
        var stored = commandResults.Where(a => a.IsDurable).Select(a => a.Value.InboxId).ToList();
        Assert.InRange(stored.Count, 5, 99);
        Assert.All(commandResults.Where(a => !a.IsDurable), a => Assert.Equal(StoreCode.Full, a.Failure!.Code));
        Assert.Equal(stored, store.Pending().Select(r => r.Id));
        Assert.Equal(stored.Count, store.Balance().Inbound.Accepted);
        store.CloseCleanly();

        store = folder.Open();
        Assert.Equal(stored, store.Pending().Select(r => r.Id));
        store.Stored("one more");
        Assert.Equal(stored.Count + 1, store.Balance().Inbound.Accepted);
        store.CloseCleanly();
    }

    [Fact]
    public void Command_that_cannot_be_written_fails_alone()
    {
        using var folder = new StoreFolder();
        var store = folder.Open(o => o with { MaxPages = 200 });
        var (good, bad, done) = (0, 0, new CountdownEvent(21));
        for (var i = 0; i < 21; i++)
        {
            var isBad = i == 10;
            store.Accept(StoreFolder.Entry($"e{i}", text: isBad ? new string('x', 1_000_000) : "fits"), commandResult =>
            {
                if (commandResult.IsDurable) good++;
                else bad++;
                Assert.Equal(isBad, !commandResult.IsDurable);
                done.Signal();
            });
        }

        Assert.True(done.Wait(StoreFolder.Patience));
        Assert.Equal((20, 1), (good, bad));
        store.Balance();
        store.CloseCleanly();
    }

    [Fact]
    public void Database_locked_by_somebody_else_fails_the_whole_batch_in_bounded_time_and_heals()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        store.Stored("before");
        using var other = new SqliteConnection($"Data Source={folder.Database};Pooling=False");
        other.Open();
        using var command = other.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        command.ExecuteNonQuery();
        var (codes, done, start) = (new List<string?>(), new CountdownEvent(50), TimeProvider.System.GetTimestamp());
        for (var i = 0; i < 50; i++)
        {
            store.Accept(StoreFolder.Entry($"e{i}"), commandResult =>
            {
                codes.Add(commandResult.Failure?.Code);
                done.Signal();
            });
        }

        Assert.True(done.Wait(StoreFolder.Patience));
        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0, 20);
        Assert.All(codes, code => Assert.Equal(StoreCode.Busy, code));
        command.CommandText = "ROLLBACK";
        command.ExecuteNonQuery();
        store.Stored("after");
        Assert.Equal(2, store.Balance().Inbound.Accepted);
        store.CloseCleanly();
    }

    [Fact]
    public void Everything_queued_before_close_is_committed_and_later_commands_fail_at_once()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        var durable = 0;
        for (var i = 0; i < 2000; i++)
        {
            store.Accept(StoreFolder.Entry($"e{i}"), commandResult =>
            {
                if (commandResult.IsDurable) durable++;
            });
        }

        store.CloseCleanly();
        Assert.Equal(2000, durable);
        Assert.Equal(StoreCode.Closed, store.Accept(StoreFolder.Entry("late")).Failure?.Code);
        Assert.False(store.TryBalance(StoreFolder.Patience, out _));
        store = folder.Open();
        Assert.Equal(2000, store.Pending().Count);
        store.CloseCleanly();
    }

    [Fact]
    [Original("database close")]
    public void Close_returns_at_its_bound_while_the_writer_hangs()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        using var release = new ManualResetEventSlim();
        store.Accept(StoreFolder.Entry("e1"), _ => release.Wait(StoreFolder.Patience));
        var (clock, took, clean) = (TimeProvider.System, TimeSpan.Zero, true);
        var thread = LoopThread.Start("closer", () =>
        {
            var start = clock.GetTimestamp();
            Assert.False(store.TryBalance(TimeSpan.FromMilliseconds(100), out _));
            clean = store.Close(TimeSpan.FromMilliseconds(200));
            took = clock.GetElapsedTime(start);
        });
        thread.Join();
        Assert.False(clean);
        Assert.InRange(took, TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(5));
        Assert.True(store.Heartbeat.Age > TimeSpan.FromMilliseconds(200));
        release.Set();
        store.CloseCleanly();
    }

    [Fact]
    public void Counts_of_messages_turned_away_reach_the_totals()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        for (var i = 0; i < 300; i++) store.Count(Total.Refused);
        store.Count(Total.Discarded);
        Assert.Equal((300, 1), (store.Balance().Inbound.Refused, store.Balance().Inbound.Discarded));
        store.Count(Total.Discarded);
        store.CloseCleanly();
        store = folder.Open();
        Assert.Equal(2, store.LastBalance.Inbound.Discarded);
        store.CloseCleanly();
    }

    [Fact]
    public void Balance_read_in_the_middle_of_a_batch_is_exact()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        using var release = new ManualResetEventSlim();
        store.Accept(StoreFolder.Entry("e0"), _ => release.Wait(StoreFolder.Patience));
        for (var i = 1; i <= 10; i++) store.Accept(StoreFolder.Entry($"e{i}"), static _ => { });
        Assert.False(store.TryBalance(TimeSpan.Zero, out _));
        for (var i = 11; i <= 20; i++) store.Accept(StoreFolder.Entry($"e{i}"), static _ => { });
        release.Set();
        StoreFolder.Until(() => store.LastBalance.Inbound.Accepted > 0);
        Assert.Equal((11, 11, true), (store.LastBalance.Inbound.Accepted, store.LastBalance.Inbound.Pending, store.LastBalance.IsExact));
        store.CloseCleanly();
        Assert.Equal(21, store.LastBalance.Inbound.Accepted);
    }

    [Fact]
    public void Old_rows_are_forgotten_in_portions_and_what_is_owed_stays()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
        using var folder = new StoreFolder { Clock = clock };
        var store = folder.Open(o => o with { SweepRows = 10 });
        var open = store.Stored("open");
        var delivered = store.Owe(open, 0).Row!.Id;
        Assert.True(store.Deliver(delivered));
        var owed = store.Owe(open, 1).Row!.Id;
        for (var i = 0; i < 45; i++) store.End(store.Stored($"e{i}"));
        clock.Advance(TimeSpan.FromDays(8));
        StoreFolder.Until(() => !store.Accept(StoreFolder.Entry("e44")).Value.IsDuplicate);
        Assert.Equal([open, 47L], store.Pending().Select(r => r.Id));
        Assert.Equal(owed, Assert.Single(store.Open()).Id);
        Assert.Null(store.Owe(open, 0).Row);
        var balance = store.Balance();
        Assert.Equal((47, 45, 2), (balance.Inbound.Accepted, balance.Inbound.Handled, balance.Inbound.Pending));
        store.CloseCleanly();
    }

    private static Session OpenSession(SqliteConnection connection)
    {
        connection.Open();
        SchemaFunctions.Register(connection);
        Migrations.Embedded.Create(connection, Migrations.Embedded.Current);
        return new Session(connection, TimeProvider.System);
    }
}
