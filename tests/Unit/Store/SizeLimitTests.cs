using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Tests.Dispatch;

namespace PluginGateway.Tests.Store;

/// <summary>The size stays bounded, and never at the cost of what is owed; on real files.</summary>
public sealed class SizeLimitTests
{
    private const long Limit = 4 * 1024 * 1024;

    [Fact]
    public void Oldest_settled_messages_go_first_and_the_file_stops_growing()
    {
        using var folder = new StoreFolder();
        var store = folder.Open(o => o with { MaxBytes = Limit, SweepRows = 20 });
        var open = store.Stored("open");
        var owed = store.Owe(open, 0).Row!.Id;
        var text = new string('x', 20_000);
        for (var i = 0; i < 1000; i++)
        {
            var accepted = store.Accept(StoreFolder.Entry($"e{i}", text: text));
            Assert.True(accepted.IsDurable, accepted.Failure?.Message);
            Assert.True(store.End(accepted.Value.InboxId).Value);
        }

        Assert.Null(store.Refusal);
        Assert.Contains(open, store.Pending().Select(r => r.Id));
        Assert.Equal(owed, Assert.Single(store.Open()).Id);
        Assert.True(store.Accept(StoreFolder.Entry("e0")).Value.IsDuplicate);
        Assert.Equal((1001, 1000), (store.Balance().Inbound.Accepted, store.Balance().Inbound.Handled));
        store.CloseCleanly();
        Assert.InRange(new FileInfo(folder.Database).Length, Limit / 2, Limit * 9 / 8 + 4 * 1024 * 1024);
    }

    [Fact]
    public void When_nothing_is_settled_messages_are_refused_until_there_is_room_and_nothing_is_deleted()
    {
        using var folder = new StoreFolder();
        var store = folder.Open(o => o with { MaxBytes = Limit });
        var ids = new List<long>();
        for (var i = 0; store.Refusal is null; i++)
        {
            Assert.True(i < 1000, "It is never full.");
            var accepted = store.Accept(StoreFolder.Entry($"e{i}", text: new string('x', 20_000)));
            if (accepted.IsDurable) ids.Add(accepted.Value.InboxId);
        }

        Assert.Contains("gateway.store.maxMegabytes", store.Refusal!.Message, StringComparison.Ordinal);
        Assert.Null(store.Failure);
        Assert.Equal(ids, store.Pending().Select(r => r.Id));
        // What was accepted can still be answered: its replies have room of their own.
        foreach (var id in ids) Assert.NotNull(store.Owe(id, 0).Row);
        foreach (var id in ids.Take(ids.Count / 2)) Assert.True(store.End(id).Value);
        StoreFolder.Until(() => store.Refusal is null);
        Assert.Equal(ids.Skip(ids.Count / 2), store.Pending().Select(r => r.Id));
        Assert.Equal(ids.Count, store.Open().Count);
        store.Balance();
        store.CloseCleanly();
    }

    [Fact]
    public void Limit_that_is_reached_is_said_once_however_often_the_writer_looks()
    {
        using var folder = new StoreFolder();
        var lines = new List<string>();
        var store = MessageStore.Open(new StoreOptions(folder.Database) { MaxBytes = Limit }, folder.Clock, new ListLog(lines));
        for (var i = 0; store.Refusal is null; i++)
        {
            Assert.True(i < 1000, "It is never full.");
            store.Accept(StoreFolder.Entry($"e{i}", text: new string('x', 20_000)));
        }

        // Each is a step of the writer, which looks again.
        for (var i = 0; i < 200; i++) store.Balance();
        store.CloseCleanly();
        Assert.Single(lines, static line => line.Contains("MB of its", StringComparison.Ordinal));
        Assert.Single(
            lines, static line => line.Contains("refused", StringComparison.Ordinal) && line.Contains("maxMegabytes", StringComparison.Ordinal));
    }

    [Fact]
    public void Replies_of_a_parked_turn_outlive_it_being_settled_so_that_it_can_run_again()
    {
        using var folder = new StoreFolder();
        var store = folder.Open(o => o with { SweepEvery = TimeSpan.FromMilliseconds(1), KeepSettled = TimeSpan.Zero });
        var turn = store.Stored("e1");
        Assert.True(store.Deliver(store.Owe(turn, 0).Row!.Id));
        Assert.True(StoreCalls.Wait<bool>(done => store.ParkTurn(turn, "why", done)).Value);
        Assert.True(store.End(store.Stored("e2")).Value);
        StoreFolder.Until(
            () => store.Read(StoreFolder.Patience, static db => db.Scalar<long>("SELECT count(*) FROM inbox WHERE state = 2")).Value == 0);
        Assert.True(Assert.Single(store.Rerun(turn)).IsDone);
        Assert.Null(store.Owe(turn, 0).Row);
        store.CloseCleanly();
    }
}
