using PluginGateway.Loading;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.Outbound;

/// <summary>Which message is sent when, and through which generation.</summary>
public sealed class OutboundQueueTests
{
    [Fact]
    public void Chat_gets_one_message_at_a_time_in_order_and_others_are_served_beside_it()
    {
        using var fixture = new DispatchFixture();
        fixture.OweIn("1", "e1", "one", "two");
        fixture.OweIn("2", "e2", "beside");
        var adapter = fixture.Attach();
        fixture.Settle();
        Assert.Equal(["one", "beside"], adapter.Texts);
        adapter.Sent(0);
        Assert.Equal(["one", "beside", "two"], adapter.Texts);
        adapter.Sent(1);
        adapter.Sent(2);
        Assert.Equal((3, 0), (fixture.Store.Balance().Outbound.Delivered, fixture.Store.Balance().Outbound.Pending));
        Assert.Equal(0, fixture.Snapshot.OwedSends);
    }

    [Fact]
    public void No_more_sends_are_open_than_the_adapter_declares()
    {
        using var fixture = new DispatchFixture();
        for (var i = 0; i < 5; i++) fixture.OweIn($"{i}", $"e{i}", $"{i}");
        var adapter = fixture.Attach(traits: new AdapterTraits { ConcurrentSends = 2 });
        fixture.Settle();
        Assert.Equal(2, adapter.Sends.Count);
        adapter.Sent(0);
        Assert.Equal(3, adapter.Sends.Count);
        Assert.Equal(2, fixture.Snapshot.SendsInFlight);
    }

    [Fact]
    public void Lease_is_durable_before_the_adapter_is_called()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        var adapter = fixture.Attach();
        fixture.Until(() => adapter.Sends.Count == 1);
        Assert.True(Assert.Single(fixture.Store.Open()).IsLeased);
    }

    [Fact]
    public void Message_leased_for_a_generation_that_is_gone_goes_to_the_next()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        using var release = new ManualResetEventSlim();
        fixture.Store.Accept(StoreFolder.Entry("blocks the writer"), _ => release.Wait(StoreFolder.Patience));
        var old = fixture.Attach(generation: 1);
        fixture.Dispatcher.Step(TimeSpan.Zero);
        fixture.Dispatcher.Detach("a", 1);
        var next = fixture.Attach(generation: 2);
        fixture.Dispatcher.Step(TimeSpan.Zero);
        release.Set();
        fixture.Settle();
        Assert.Empty(old.Sends);
        Assert.Equal(["one"], next.Texts);
        Assert.Equal(1, next.Sends[0].Message.Attempt);
    }

    [Fact]
    public void Message_refused_by_a_retired_guard_goes_to_the_next_generation_without_losing_an_attempt()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        var old = fixture.Attach(generation: 1);
        old.Refuses = true;
        fixture.Until(() => old.Sends.Count == 1);
        fixture.Advance(TimeSpan.FromSeconds(10));
        Assert.Single(old.Sends);
        var next = fixture.Attach(generation: 2);
        fixture.Settle();
        Assert.Equal(1, next.Sends[0].Message.Attempt);
    }

    [Fact]
    public void Detached_adapter_gets_nothing_more_and_its_open_send_still_ends()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one", "two");
        var adapter = fixture.Attach(generation: 1);
        fixture.Settle();
        fixture.Dispatcher.Detach("a", 1);
        adapter.Sent(0);
        Assert.Single(adapter.Sends);
        Assert.Equal(1, fixture.Store.Balance().Outbound.Delivered);
        var next = fixture.Attach(generation: 2);
        fixture.Settle();
        Assert.Equal(["two"], next.Texts);
    }

    [Fact]
    public void Chat_waits_for_the_send_of_the_old_generation_before_the_new_one_gets_its_next()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one", "two");
        var old = fixture.Attach(generation: 1);
        fixture.Settle();
        fixture.Dispatcher.Detach("a", 1);
        var next = fixture.Attach(generation: 2);
        fixture.Settle();
        Assert.Empty(next.Sends);
        old.Sent(0);
        Assert.Equal(["two"], next.Texts);
    }

    [Fact]
    public void Drain_lets_the_open_send_end_and_starts_no_other()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one", "two");
        var adapter = fixture.Attach();
        fixture.Settle();
        fixture.Dispatcher.BeginDrain();
        fixture.Settle();
        Assert.Equal(1, fixture.Snapshot.SendsInFlight);
        adapter.Sent(0);
        Assert.Equal(0, fixture.Snapshot.SendsInFlight);
        Assert.Single(adapter.Sends);
        Assert.False(Assert.Single(fixture.Store.Open()).IsLeased);
    }

    [Fact]
    public void Snapshot_names_when_something_last_went_each_way()
    {
        using var fixture = new DispatchFixture();
        fixture.Owe("e1", "one");
        var adapter = fixture.Attach();
        fixture.Settle();
        fixture.Advance(TimeSpan.FromMinutes(1));
        adapter.Sent(0);
        var queue = Assert.Single(fixture.Snapshot.Adapters);
        Assert.Equal(TimeSpan.FromMinutes(1), queue.LastOutbound - queue.LastInbound);
        Assert.Equal(1, queue.Generation);
    }
}
