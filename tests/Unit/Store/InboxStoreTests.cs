using PluginGateway.Store;

namespace PluginGateway.Tests.Store;

public sealed class InboxStoreTests
{
    [Fact]
    public void Message_accepted_twice_is_stored_once_and_its_state_is_written_both_times()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        Assert.False(store.Accept(StoreFolder.Entry("e1", state: new() { ["cursor"] = "1" })).Value.IsDuplicate);
        Assert.True(store.Accept(StoreFolder.Entry("e1", state: new() { ["cursor"] = "2" })).Value.IsDuplicate);
        Assert.False(store.Accept(StoreFolder.Entry("e1", adapter: "b")).Value.IsDuplicate);
        Assert.Equal("2", store.State("a", "cursor"));
        Assert.Equal(2, store.Pending().Count);
        var balance = store.Balance();
        Assert.Equal((2, 1, 2), (balance.Inbound.Accepted, balance.Inbound.Duplicates, balance.Inbound.Pending));
        store.CloseCleanly();
    }

    [Fact]
    public void Messages_without_an_event_id_are_never_duplicates()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        Assert.NotEqual(store.Stored(null), store.Stored(null));
        store.CloseCleanly();
    }

    [Fact]
    public void Turn_that_was_running_at_a_crash_is_pending_again_with_its_attempt_counted()
    {
        using var folder = new StoreFolder();
        using var copy = new StoreFolder();
        var store = folder.Open();
        var (first, second) = (store.Stored("e1"), store.Stored("e2"));
        store.BeginTurn(first, 2, "a/c");
        Assert.True(store.End(second).Value);
        CopyDatabase(folder, copy);
        var restarted = copy.Open();
        var row = Assert.Single(restarted.Pending());
        Assert.Equal((first, 2), (row.Id, row.Attempt));
        Assert.True(restarted.Accept(StoreFolder.Entry("e2")).Value.IsDuplicate);
        restarted.Balance();
        restarted.CloseCleanly();
        store.CloseCleanly();
    }

    [Fact]
    public void Turn_ends_once_whatever_is_said_afterwards()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        var id = store.Stored("e1");
        Assert.True(store.End(id).Value);
        Assert.False(store.End(id).Value);
        Assert.False(StoreCalls.Wait<bool>(done => store.ParkTurn(id, "late", done)).Value);
        Assert.False(StoreCalls.Wait<bool>(done => store.FailTurn(id, 3, "late", done)).Value);
        Assert.Equal(EnqueueOutcome.TurnOver, store.Owe(id, 0).Outcome);
        Assert.Equal((1, 0, 0), (store.Balance().Inbound.Handled, store.Balance().Inbound.Parked, store.Balance().Inbound.Pending));
        store.CloseCleanly();
    }

    [Fact]
    public void Failed_turn_is_pending_and_a_parked_one_is_not()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        var (failed, parked) = (store.Stored("e1"), store.Stored("e2"));
        Assert.True(StoreCalls.Wait<bool>(done => store.FailTurn(failed, 1, "threw", done)).Value);
        Assert.True(StoreCalls.Wait<bool>(done => store.ParkTurn(parked, "three attempts", done)).Value);
        Assert.Equal(failed, Assert.Single(store.Pending()).Id);
        Assert.Equal(1, store.Balance().Inbound.Parked);
        store.CloseCleanly();
    }

    [Fact]
    public void Pending_messages_come_back_in_pages_in_the_order_of_acceptance()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        var ids = Enumerable.Range(0, 25).Select(i => store.Stored($"e{i}")).ToList();
        var read = new List<long>();
        for (var page = store.Pending(0, 10); page.Count > 0; page = store.Pending(read[^1], 10)) read.AddRange(page.Select(r => r.Id));
        Assert.Equal(ids, read);
        store.CloseCleanly();
    }

    [Fact]
    public void Turn_with_a_reply_that_could_not_be_stored_is_not_marked_handled()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        var (id, ledger) = (store.Stored("e1"), new ReplyLedger());
        ledger.Lose();
        Assert.Equal(StoreCode.ReplyLost, store.End(id, ledger).Failure?.Code);
        Assert.Single(store.Pending());
        store.CloseCleanly();
    }

    internal static void CopyDatabase(StoreFolder from, StoreFolder to)
    {
        // Without the side file of shared memory: what a machine leaves that lost its power.
        File.Copy(from.Database, to.Database, overwrite: true);
        File.Copy(from.Database + "-wal", to.Database + "-wal", overwrite: true);
    }
}
