using Microsoft.Data.Sqlite;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Tests.Store.Verbs;

/// <summary>What an operator does to messages that nobody else moves any more, on a real file.</summary>
public sealed class OperatorVerbsTests : IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly MessageStore _store;

    public OperatorVerbsTests() => _store = _folder.Open();

    public void Dispose()
    {
        _store.CloseCleanly();
        _folder.Dispose();
    }

    [Fact]
    public void Parked_message_is_owed_again_under_its_id_and_key_with_its_attempts_counted_anew()
    {
        var id = Owed(0);
        var key = _store.Lease(id, 7)!.Key;
        Assert.True(_store.Park(id));
        var again = Assert.Single(_store.Resend(id));
        Assert.Equal((true, OutboxState.Parked, 0, false), (again.IsDone, again.Found, again.Row!.Attempt, again.Row.IsLeased));
        Assert.Equal(key, _store.Lease(id)!.Key);
        var balance = _store.Balance();
        Assert.Equal((1, 0, 1), (balance.Outbound.Owed, balance.Outbound.Parked, balance.Outbound.Pending));
    }

    [Fact]
    public void Verbs_refuse_the_states_they_do_not_fit_and_change_nothing()
    {
        var (pending, delivered, parked, rejected) = (Owed(0), Owed(1), Owed(2), Owed(3));
        Assert.True(_store.Deliver(delivered));
        Assert.True(_store.Park(parked));
        Assert.True(_store.Reject(rejected));
        Assert.Equal([true, false, true, true, false], _store.Resend(pending, delivered, parked, rejected, 999).Select(t => t.IsDone));
        Assert.True(_store.Park(parked));
        Assert.True(_store.Reject(rejected));
        Assert.Equal([false, false, true, false], _store.MarkSent(pending, delivered, parked, rejected).Select(t => t.IsDone));
        Assert.Equal([true, false, false, false], _store.Drop(pending, delivered, parked, rejected).Select(t => t.IsDone));
        var unknown = Assert.Single(_store.Drop(999));
        Assert.Null(unknown.Found);
        var balance = _store.Balance();
        Assert.Equal((4, 2, 1, 1, 0, 0), (balance.Outbound.Owed, balance.Outbound.Delivered, balance.Outbound.Rejected, balance.Outbound.Withdrawn,
            balance.Outbound.Parked, balance.Outbound.Pending));
    }

    [Fact]
    public void Dropped_message_counts_as_withdrawn_keeps_its_first_reason_and_can_be_sent_again()
    {
        var id = Owed(0);
        Assert.True(_store.Park(id));
        Assert.True(Assert.Single(_store.Drop(id)).IsDone);
        var entry = Assert.Single(_store.ListOutbox(new([OutboxState.Withdrawn], null, 10)));
        Assert.Equal("dropped by the operator (why)", entry.Error);
        Assert.Equal((1, 0), (_store.Balance().Outbound.Withdrawn, _store.Balance().Outbound.Missing));
        Assert.True(Assert.Single(_store.Resend(id)).IsDone);
        Assert.Equal((0, 1, 0), (_store.Balance().Outbound.Withdrawn, _store.Balance().Outbound.Pending, _store.Balance().Outbound.Missing));
    }

    [Fact]
    public void Parked_turn_runs_again_and_its_first_replies_are_not_owed_twice()
    {
        var turn = _store.Stored("e1");
        Assert.NotNull(_store.Owe(turn, 0).Row);
        Assert.True(StoreCalls.Wait<bool>(done => _store.ParkTurn(turn, "three attempts", done)).Value);
        var again = Assert.Single(_store.Rerun(turn));
        Assert.Equal((true, turn, 0), (again.IsDone, again.Row!.Id, again.Row.Attempt));
        Assert.False(Assert.Single(_store.Rerun(turn)).IsDone);
        Assert.Null(_store.Owe(turn, 0).Row);
        Assert.NotNull(_store.Owe(turn, 1).Row);
        var balance = _store.Balance();
        Assert.Equal((1, 0, 1), (balance.Inbound.Accepted, balance.Inbound.Parked, balance.Inbound.Pending));
    }

    [Fact]
    public void All_that_was_parked_until_a_moment_is_owed_again_in_portions_of_one_adapter()
    {
        var ids = Enumerable.Range(0, 7).Select(i => Owed(i)).ToArray();
        foreach (var id in ids) Assert.True(_store.Park(id));
        var until = DateTimeOffset.UtcNow.AddSeconds(1);
        var first = Resend(new("a", until), 5);
        Assert.Equal((5, true), (first.Changes.Count, first.Last is not null));
        Assert.True(_store.Park(first.Changes[0].Id));
        Assert.Empty(Resend(new("b", until), 5).Changes);
        Assert.Empty(Resend(new(null, until.AddDays(-1)), 5).Changes);
        Assert.Equal(3, Resend(new(null, until), 5).Changes.Count);
        Assert.Equal(0, Count(new(null, until)));

        RowChanges<OutboxState, OutboxRow> Resend(ParkedFilter filter, int limit) =>
            StoreCalls.Wait<RowChanges<OutboxState, OutboxRow>>(done => _store.ResendParked(filter, limit, done)).Value!;
    }

    [Theory]
    [InlineData(null, null, 4)]
    [InlineData("a", null, 3)]
    [InlineData("a", "room/1", 2)]
    [InlineData(null, "room/1", 3)]
    [InlineData(null, "a/room%2F1", 1)]
    [InlineData(null, "a/room%2F1/thread", 1)]
    [InlineData(null, "room", 1)]
    [InlineData(null, "roo", 0)]
    public void All_that_is_parked_is_chosen_by_adapter_and_by_chat_with_its_threads(string? adapter, string? chat, int expected)
    {
        foreach (var (id, key) in new[] { ("a", "a/room%2F1"), ("a", "a/room%2F1/thread"), ("a", "a/room"), ("b", "b/room%2F1") })
        {
            var turn = StoreCalls.Wait<Accepted>(
                done => _store.Accept(new InboundEntry(id, 1, key, key, [1], new Dictionary<string, string>()), done)).Value!.InboxId;
            Assert.True(StoreCalls.Wait<bool>(done => _store.ParkTurn(turn, "three attempts", done)).Value);
        }

        var filter =
            new ParkedFilter(adapter, DateTimeOffset.UtcNow.AddSeconds(1)) { Chat = chat is null ? null : (ConversationKey.Escape(chat), chat) };
        Assert.Equal(expected, _store.Read(StoreFolder.Patience, db => ParkedMessages.CountInbox(db, filter)).Value);
        var dropped = StoreCalls.Wait<RowChanges<InboxState, InboxRow>>(done => _store.DropParkedInbox(filter, 100, done)).Value!;
        Assert.Equal(expected, dropped.Changes.Count(static one => one.IsDone));
        var balance = _store.Balance();
        Assert.Equal(
            (4, expected, 4 - expected, 0), (balance.Inbound.Accepted, balance.Inbound.Dropped, balance.Inbound.Parked, balance.Inbound.Missing));
    }

    [Fact]
    public void Turn_that_is_dropped_counts_as_dropped_keeps_its_reason_and_can_be_run_again()
    {
        var turn = _store.Stored("e1");
        _store.BeginTurn(turn, 1, "a/c");
        Assert.False(Assert.Single(DropInbox(turn)).IsDone);
        Assert.True(StoreCalls.Wait<bool>(done => _store.ParkTurn(turn, "three attempts", done)).Value);
        Assert.True(Assert.Single(DropInbox(turn)).IsDone);
        Assert.Equal("dropped by the operator (three attempts)", Assert.Single(
            _store.Read(StoreFolder.Patience, static db => OperatorQueries.Inbox(db, new([InboxState.Dropped], null, 10))).Value!).Reason);
        Assert.False(_store.End(turn).Value);
        Assert.Equal((1, 0), (_store.Balance().Inbound.Dropped, _store.Balance().Inbound.Missing));
        Assert.True(Assert.Single(_store.Rerun(turn)).IsDone);
        // One that waits is dropped too, and a turn that would begin finds it settled.
        Assert.True(Assert.Single(DropInbox(turn)).IsDone);
        Assert.False(StoreCalls.Wait<TurnBegin>(done => _store.BeginTurn(turn, 1, "a/c", done)).Value!.IsBegun);
        Assert.Equal((1, 0, 0), (_store.Balance().Inbound.Dropped, _store.Balance().Inbound.Pending, _store.Balance().Inbound.Missing));

        IReadOnlyList<RowChange<InboxState, InboxRow>> DropInbox(long id) =>
            StoreCalls.Wait<IReadOnlyList<RowChange<InboxState, InboxRow>>>(done => _store.DropInbox([id], done)).Value!;
    }

    [Fact]
    public void Lists_show_the_newest_first_without_texts_and_one_message_shows_its_own()
    {
        var (first, second) = (Owed(0), Owed(1));
        Assert.True(_store.Park(first));
        OutboxState[] open = [OutboxState.Pending, OutboxState.Sending, OutboxState.Parked];
        Assert.Equal([second, first], _store.ListOutbox(new(open, null, 10)).Select(l => l.Id));
        Assert.Equal([second], _store.ListOutbox(new(open, "a", 1)).Select(l => l.Id));
        Assert.Empty(_store.ListOutbox(new(open, "b", 10)));
        var opened = _store.Read(StoreFolder.Patience, db => OutboxVerbs.Open(db, first)).Value!;
        Assert.Equal("reply", Payloads.ReadOutbound(opened.Payload).FullText);
        var turn = _store.Read(StoreFolder.Patience, db => OperatorQueries.OpenInbox(db, opened.Row.InboxId)).Value!;
        Assert.Equal([first], turn.Replies);
        Assert.Null(_store.Read(StoreFolder.Patience, db => OutboxVerbs.Open(db, 999)).Value);
    }

    [Fact]
    public void Reading_goes_on_beside_a_writer_that_hangs_and_ends_at_its_bound()
    {
        var id = Owed(0);
        using var release = new ManualResetEventSlim();
        _store.Accept(StoreFolder.Entry("e9"), _ => release.Wait(StoreFolder.Patience));
        Assert.Equal([id], _store.ListOutbox(new([OutboxState.Pending], null, 10)).Select(l => l.Id));
        release.Set();
        var start = TimeProvider.System.GetTimestamp();
        var late = _store.Read(TimeSpan.FromMilliseconds(200), static db =>
            db.Scalar<long>("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"));
        Assert.Equal(StoreCode.Busy, late.Failure?.Code);
        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0, 10);
        StoreFolder.Until(() => _store.Read(StoreFolder.Patience, static db => db.Scalar<long>("SELECT 1")).Value == 1);
    }

    [Fact]
    public void Reader_cannot_write()
    {
        var commandResult = _store.Read(StoreFolder.Patience, static db => db.Execute("DELETE FROM totals"));
        Assert.NotNull(commandResult.Failure);
    }

    [Fact]
    public void Message_waits_no_longer_than_it_was_told_to_when_the_clock_has_been_set_back()
    {
        var id = Owed(0);
        Assert.NotNull(_store.Lease(id));
        var due = DateTimeOffset.UtcNow.AddSeconds(30);
        Assert.True(StoreCalls.Wait<bool>(done => _store.Reschedule(id, due, false, "later", done)).Value);
        _store.CloseCleanly();
        using (var connection = new SqliteConnection($"Data Source={_folder.Database};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            const long TenYears = 10L * 365 * 86_400_000;
            command.CommandText =
                $"UPDATE outbox SET owed_utc = owed_utc + {TenYears}, leased_utc = leased_utc + {TenYears}, due_utc = due_utc + {TenYears}";
            command.ExecuteNonQuery();
        }

        var store = _folder.Open();
        Assert.InRange(Assert.Single(store.Open()).Due, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddSeconds(31));
        store.CloseCleanly();
    }

    private long Count(ParkedFilter filter) => _store.Read(StoreFolder.Patience, db => ParkedMessages.CountOutbox(db, filter)).Value;

    private long Owed(int ordinal) => _store.Owe(_store.Stored($"t{ordinal}"), ordinal).Row!.Id;
}
