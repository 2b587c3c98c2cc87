using PluginGateway.Store;
using PluginGateway.Store.Engine;
using PluginGateway.Store.Verbs;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

/// <summary>What the operator decides about a message reaches the running dispatcher at once.</summary>
public sealed class OperatorTests : IDisposable
{
    private readonly DispatchFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void Message_sent_again_goes_out_at_once_and_before_younger_ones_of_its_chat()
    {
        _fixture.Owe("e1", "first", "second", "third");
        var (first, second) = (_fixture.Store.Open()[0].Id, _fixture.Store.Open()[1].Id);
        Drop(first, second);
        Resend(second, first);
        var adapter = _fixture.Attach();
        adapter.Always = SendResult.Sent("m");
        _fixture.Until(() => adapter.Sends.Count == 3);
        Assert.Equal(["first", "second", "third"], adapter.Texts);
        Drop(first);
        Resend(first);
        _fixture.Settle();
        Assert.Equal(3, adapter.Sends.Count);
    }

    [Fact]
    public void Dropped_message_is_not_sent_and_the_next_one_is()
    {
        _fixture.Owe("e1", "first", "second");
        Assert.Empty(Drop(_fixture.Store.Open()[0].Id).BeingSent);
        Assert.Equal(1, _fixture.Snapshot.OwedSends);
        var adapter = _fixture.Attach();
        adapter.Always = SendResult.Sent("m");
        _fixture.Until(() => adapter.Sends.Count == 1);
        _fixture.Settle();
        Assert.Equal(["second"], adapter.Texts);
        Assert.Equal((2, 1, 1),
            (_fixture.Store.Balance().Outbound.Owed, _fixture.Store.Balance().Outbound.Delivered, _fixture.Store.Balance().Outbound.Withdrawn));
    }

    [Fact]
    public void Dropped_message_gets_no_turn_and_the_next_one_does_and_it_can_be_run_again()
    {
        _fixture.Accept(DispatchFixture.Message("e1"));
        _fixture.Accept(DispatchFixture.Message("e2"));
        var first = _fixture.Store.Pending()[0].Id;
        var dropped = StoreCalls.Wait<IReadOnlyList<RowChange<InboxState, InboxRow>>>(done => _fixture.Store.DropInbox([first], done)).Value!;
        Assert.True(Assert.Single(dropped).IsDone);
        // Run again while its place is still kept: it is one message.
        _fixture.Dispatcher.Resume([.. _fixture.Store.Rerun(first).Select(static change => change.Row!)]);
        Assert.True(Assert.Single(
            StoreCalls.Wait<IReadOnlyList<RowChange<InboxState, InboxRow>>>(done => _fixture.Store.DropInbox([first], done)).Value!).IsDone);
        var handler = _fixture.AttachHandler();
        _fixture.Until(() => handler.Turns.Count == 1);
        Assert.Equal("e2", handler.Turns[0].Turn.Messages[^1].EventId);
        handler.Complete(0);
        _fixture.Settle();
        Assert.Equal((2, 1, 1, 0), (_fixture.Store.Balance().Inbound.Accepted, _fixture.Store.Balance().Inbound.Handled,
            _fixture.Store.Balance().Inbound.Dropped, _fixture.Store.Balance().Inbound.Pending));
        Assert.Equal(0, _fixture.Intake.Quota.Of("a").Pending);
        _fixture.Dispatcher.Resume([.. _fixture.Store.Rerun(first).Select(static change => change.Row!)]);
        _fixture.Until(() => handler.Turns.Count == 2);
        Assert.Equal("e1", handler.Turns[1].Turn.Messages[^1].EventId);
    }

    [Fact]
    public void Message_that_is_being_sent_is_not_dropped()
    {
        _fixture.Owe("e1", "first");
        var adapter = _fixture.Attach();
        _fixture.Until(() => adapter.Sends.Count == 1);
        var id = _fixture.Store.Open()[0].Id;
        var (beingSent, commandResult) = Drop(id);
        Assert.Equal([id], beingSent);
        Assert.Empty(commandResult.Value!);
        Assert.Equal(1, _fixture.Snapshot.OwedSends);
    }

    [Fact]
    public void Messages_that_could_not_be_dropped_are_delivered()
    {
        _fixture.Owe("e1", "first");
        var id = _fixture.Store.Open()[0].Id;
        _fixture.Store.Close(StoreFolder.Patience);
        Assert.Equal(StoreCode.Closed, Drop(id).Answer.Failure?.Code);
        Assert.Equal(1, _fixture.Snapshot.OwedSends);
    }

    [Fact]
    public void Parked_turn_runs_again_at_once()
    {
        var handler = _fixture.AttachHandler();
        _fixture.Accept(DispatchFixture.Message("e1"));
        _fixture.Until(() => handler.Turns.Count == 1);
        handler.Complete(0);
        _fixture.Accept(DispatchFixture.Message("e2"));
        _fixture.Until(() => handler.Turns.Count == 2);
        var id = _fixture.Store.Pending()[0].Id;
        Assert.True(StoreCalls.Wait<bool>(done => _fixture.Store.ParkTurn(id, "why", done)).Value);
        handler.Complete(1);
        _fixture.Settle();
        Assert.Equal(0, _fixture.Snapshot.PendingMessages);
        _fixture.Dispatcher.Resume([Assert.Single(_fixture.Store.Rerun(id)).Row!]);
        _fixture.Until(() => handler.Turns.Count == 3);
        Assert.Equal(1, _fixture.Snapshot.PendingMessages);
        handler.Complete(2);
        _fixture.Settle();
        Assert.Equal((2, 2, 0),
            (_fixture.Store.Balance().Inbound.Accepted, _fixture.Store.Balance().Inbound.Handled, _fixture.Store.Balance().Inbound.Parked));
        Assert.Equal(0, _fixture.Intake.Quota.Count);
    }

    private void Resend(params long[] ids) => _fixture.Dispatcher.Resume([.. _fixture.Store.Resend(ids).Select(t => t.Row).OfType<OutboxRow>()]);

    private (IReadOnlyList<long> BeingSent, CommandResult<IReadOnlyList<RowChange<OutboxState, OutboxRow>>> Answer) Drop(params long[] ids)
    {
        (IReadOnlyList<long>, CommandResult<IReadOnlyList<RowChange<OutboxState, OutboxRow>>>)? result = null;
        _fixture.Dispatcher.Drop(ids, (beingSent, commandResult) => result = (beingSent, commandResult));
        _fixture.Until(() => result is not null);
        return result!.Value;
    }
}
