using PluginGateway.Store;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch;

/// <summary>What the operator decides about a message reaches the running dispatcher at once.</summary>
public sealed class OperatorTests : IDisposable
{
    private readonly DispatchRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void Message_sent_again_goes_out_at_once_and_before_younger_ones_of_its_chat()
    {
        _rig.Owe("e1", "first", "second", "third");
        var (first, second) = (_rig.Store.Open()[0].Id, _rig.Store.Open()[1].Id);
        Drop(first, second);
        Resend(second, first);
        var adapter = _rig.Attach();
        adapter.Always = SendResult.Sent("m");
        _rig.Until(() => adapter.Sends.Count == 3);
        Assert.Equal(["first", "second", "third"], adapter.Texts);
        Drop(first);
        Resend(first);
        _rig.Settle();
        Assert.Equal(3, adapter.Sends.Count);
    }

    [Fact]
    public void Dropped_message_is_not_sent_and_the_next_one_is()
    {
        _rig.Owe("e1", "first", "second");
        Assert.Empty(Drop(_rig.Store.Open()[0].Id).BeingSent);
        Assert.Equal(1, _rig.Snapshot.OwedSends);
        var adapter = _rig.Attach();
        adapter.Always = SendResult.Sent("m");
        _rig.Until(() => adapter.Sends.Count == 1);
        _rig.Settle();
        Assert.Equal(["second"], adapter.Texts);
        Assert.Equal((2, 1, 1), (_rig.Store.Balance().Outbound.Owed, _rig.Store.Balance().Outbound.Delivered, _rig.Store.Balance().Outbound.Rejected));
    }

    [Fact]
    public void Message_that_is_being_sent_is_not_dropped()
    {
        _rig.Owe("e1", "first");
        var adapter = _rig.Attach();
        _rig.Until(() => adapter.Sends.Count == 1);
        var id = _rig.Store.Open()[0].Id;
        var (beingSent, answer) = Drop(id);
        Assert.Equal([id], beingSent);
        Assert.Empty(answer.Value!);
        Assert.Equal(1, _rig.Snapshot.OwedSends);
    }

    [Fact]
    public void Messages_that_could_not_be_dropped_are_delivered()
    {
        _rig.Owe("e1", "first");
        var id = _rig.Store.Open()[0].Id;
        _rig.Store.Close(StoreFolder.Patience);
        Assert.Equal(StoreCode.Closed, Drop(id).Answer.Failure?.Code);
        Assert.Equal(1, _rig.Snapshot.OwedSends);
    }

    [Fact]
    public void Parked_turn_runs_again_at_once()
    {
        var handler = _rig.AttachHandler();
        _rig.Accept(DispatchRig.Message("e1"));
        _rig.Until(() => handler.Turns.Count == 1);
        handler.Complete(0);
        _rig.Accept(DispatchRig.Message("e2"));
        _rig.Until(() => handler.Turns.Count == 2);
        var id = _rig.Store.Pending()[0].Id;
        Assert.True(StoreCalls.Wait<bool>(done => _rig.Store.ParkTurn(id, "why", done)).Value);
        handler.Complete(1);
        _rig.Settle();
        Assert.Equal(0, _rig.Snapshot.PendingMessages);
        _rig.Dispatcher.Resume([Assert.Single(_rig.Store.Rerun(id)).Row!]);
        _rig.Until(() => handler.Turns.Count == 3);
        Assert.Equal(1, _rig.Snapshot.PendingMessages);
        handler.Complete(2);
        _rig.Settle();
        Assert.Equal((2, 2, 0), (_rig.Store.Balance().Inbound.Accepted, _rig.Store.Balance().Inbound.Handled, _rig.Store.Balance().Inbound.Parked));
        Assert.Equal(0, _rig.Intake.Pending.Count);
    }

    private void Resend(params long[] ids) => _rig.Dispatcher.Resume([.. _rig.Store.Resend(ids).Select(t => t.Row).OfType<OutboxRow>()]);

    private (IReadOnlyList<long> BeingSent, Answer<IReadOnlyList<Touched<OutboxState, OutboxRow>>> Answer) Drop(params long[] ids)
    {
        (IReadOnlyList<long>, Answer<IReadOnlyList<Touched<OutboxState, OutboxRow>>>)? result = null;
        _rig.Dispatcher.Drop(ids, (beingSent, answer) => result = (beingSent, answer));
        _rig.Until(() => result is not null);
        return result!.Value;
    }
}
