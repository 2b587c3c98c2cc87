using PluginGateway.Dispatch.Outbound;
using PluginGateway.Store;
using PluginGateway.Store.Verbs;

namespace PluginGateway.Tests.Store;

public sealed class OutboxStoreTests
{
    [Fact]
    public void Reply_of_a_turn_that_runs_again_is_owed_once()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        var turn = store.Stored("e1");
        var first = store.Owe(turn, 0).Row!.Id;
        Assert.Equal(new EnqueueResult(EnqueueOutcome.Known, first), store.Owe(turn, 0));
        Assert.NotNull(store.Owe(turn, 1).Row);
        Assert.Equal((2, 2), (store.Balance().Outbound.Owed, store.Balance().Outbound.Pending));
        store.CloseCleanly();
    }

    [Fact]
    public void Key_names_one_thing_whatever_it_is_and_what_is_about_a_message_needs_that_message()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        var message = new OutboxEntry($"{store.DatabaseId}.x.k", "a", "a/1", [1]);
        var edit = new OutboxEntry($"{store.DatabaseId}.x.e", "a", "a/1", [1]) { Kind = OwedKind.Edit, Target = 1 };
        Assert.Equal((EnqueueOutcome.Owed, 1), Enqueue(message));
        Assert.Equal((EnqueueOutcome.Known, 1), Enqueue(message));
        Assert.Equal((EnqueueOutcome.Conflict, 1), Enqueue(message with { Payload = [2] }));
        Assert.Equal((EnqueueOutcome.Conflict, 1), Enqueue(message with { Kind = OwedKind.Edit, Target = 1 }));
        Assert.Equal((EnqueueOutcome.NoTarget, 0), Enqueue(edit with { Target = 2 }));
        Assert.Equal((EnqueueOutcome.NoTarget, 0), Enqueue(edit with { Chat = "a/2" }));
        Assert.Equal((EnqueueOutcome.TurnOver, 0), Enqueue(edit with { InboxId = 7 }));
        Assert.Equal(EnqueueOutcome.Owed, Enqueue(edit).Outcome);
        Assert.Equal((EnqueueOutcome.NoTarget, 0), Enqueue(edit with { Key = "x", Target = 2 }));
        Assert.Equal((2, 2), (store.Balance().Outbound.Owed, store.Balance().Outbound.Pending));
        store.CloseCleanly();

        (EnqueueOutcome Outcome, long Id) Enqueue(OutboxEntry entry) =>
            StoreCalls.Wait<EnqueueResult>(done => store.Enqueue(entry, done)).Value is var result ? (result.Outcome, result.Id) : default;
    }

    [Fact]
    public void Lease_survives_a_crash_with_the_same_key()
    {
        using var folder = new StoreFolder();
        using var copy = new StoreFolder();
        var store = folder.Open();
        var row = store.Owe(store.Stored("e1"), 0).Row!;
        var lease = store.Lease(row.Id)!;
        InboxStoreTests.CopyDatabase(folder, copy);
        var restarted = copy.Open();
        var left = Assert.Single(restarted.Open());
        Assert.True(left.IsLeased);
        Assert.Equal(1, left.Attempt);
        Assert.Equal(lease.Key, restarted.Lease(row.Id, 2)!.Key);
        restarted.CloseCleanly();
        store.CloseCleanly();
    }

    [Fact]
    public void Message_is_settled_once()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        var row = store.Owe(store.Stored("e1"), 0).Row!;
        Assert.True(store.Deliver(row.Id));
        Assert.False(store.Deliver(row.Id));
        Assert.False(StoreCalls.Wait<bool>(done => store.ParkSend(row.Id, "late", done)).Value);
        Assert.False(StoreCalls.Wait<bool>(done => store.SettleRejected(row.Id, "late", done)).Value);
        Assert.Null(store.Lease(row.Id));
        Assert.Equal(1, store.Balance().Outbound.Delivered);
        store.CloseCleanly();
    }

    [Fact]
    public void Rest_of_a_partial_delivery_is_owed_under_a_key_of_its_own()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        var row = store.Owe(store.Stored("e1"), 0).Row!;
        var due = DateTimeOffset.FromUnixTimeMilliseconds(1_900_000_000_000);
        Assert.True(StoreCalls.Wait<bool>(done => store.SettlePartial(row.Id, 5, "m1", due, "connection lost", done)).Value);
        Assert.Equal(due, Assert.Single(store.Open()).Due);
        var lease = store.Lease(row.Id, 2)!;
        Assert.Equal(5, lease.DeliveredLength);
        Assert.Equal(lease.Key + ".r5", PartKey.Of(lease.Key, lease.DeliveredLength));
        store.CloseCleanly();
    }

    [Fact]
    public void Rescheduled_message_is_owed_and_not_leased()
    {
        using var folder = new StoreFolder();
        var store = folder.Open();
        var row = store.Owe(store.Stored("e1"), 0).Row!;
        store.Lease(row.Id);
        var due = DateTimeOffset.FromUnixTimeMilliseconds(1_900_000_000_000);
        Assert.True(StoreCalls.Wait<bool>(done => store.Reschedule(row.Id, due, false, "connection refused", done)).Value);
        var left = Assert.Single(store.Open());
        Assert.Equal((false, due, "connection refused"), (left.IsLeased, left.Due, left.Error));
        store.CloseCleanly();
    }

    [Fact]
    public void Keys_fit_what_the_contract_allows_and_differ_between_databases()
    {
        using var one = new StoreFolder();
        using var two = new StoreFolder();
        var keys = new[] { one, two }.Select(folder =>
        {
            var store = folder.Open();
            var key = store.Lease(store.Owe(store.Stored("e1"), 0).Row!.Id)!.Key;
            store.CloseCleanly();
            return key;
        }).ToArray();
        Assert.NotEqual(keys[0], keys[1]);
        Assert.All(keys, key => Assert.Matches("^[A-Za-z0-9._-]{1,40}$", key));
    }
}
