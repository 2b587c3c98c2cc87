using PluginGateway.Configuration.Options;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.Inbound;

/// <summary>State is written only where every earlier event of the generation is acknowledged.</summary>
public sealed class StateOrderTests
{
    private static readonly Acceptance OutOfOrder = Acceptance.Refused("outOfOrder");

    private static InboundMessage Cursor(string id, string text = "x") =>
        DispatchFixture.Message(id, text: text) with { State = new Dictionary<string, string> { ["cursor"] = id } };

    /// <summary>The first is refused for room and the second is small enough: after a reconnect the platform would go on behind both.</summary>
    [Fact]
    public void State_of_a_later_call_does_not_pass_a_refused_event()
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPendingBytes = 2000 });
        var inbox = fixture.Inbox(inbound: InboundClass.CursorPolled);
        var (first, second) = (inbox.AcceptAsync(Cursor("e1", new string('x', 3000)), CancellationToken.None),
            inbox.AcceptAsync(Cursor("e2"), CancellationToken.None));
        Assert.Equal((Acceptance.Refused("full"), OutOfOrder), (fixture.Get(first), fixture.Get(second)));
        Assert.Null(fixture.Store.State("a", "cursor"));

        // Without state an event is stored; with it not before the refused ones have come again.
        Assert.Equal(Acceptance.Stored, Wait(fixture, inbox, DispatchFixture.Message("e3")));
        Assert.Equal(OutOfOrder, Wait(fixture, inbox, Cursor("e4")));
        Assert.Equal(Acceptance.Stored, Wait(fixture, inbox, Cursor("e1")));
        Assert.Equal("e1", fixture.Store.State("a", "cursor"));
        Assert.Equal(OutOfOrder, Wait(fixture, inbox, Cursor("e4")));
        Assert.Equal(Acceptance.Stored, Wait(fixture, inbox, Cursor("e2")));
        Assert.Equal(Acceptance.Stored, Wait(fixture, inbox, Cursor("e4")));
        Assert.Equal("e4", fixture.Store.State("a", "cursor"));
        Assert.Equal(4, fixture.Store.Balance().Inbound.Refused);
    }

    [Fact]
    public void Another_generation_begins_anew()
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPendingBytes = 2000 });
        Assert.Equal(Acceptance.Refused("full"), fixture.Accept(Cursor("e1", new string('x', 3000))));
        Assert.Equal(Acceptance.Stored, fixture.Accept(Cursor("e2")));
    }

    /// <summary>The commit of the first fails alone, with both in the same batch.</summary>
    [Fact]
    public void State_of_a_later_call_does_not_pass_an_event_whose_commit_fails()
    {
        using var fixture = new DispatchFixture(with: static o => o with { MaxPages = 150 });
        using var release = new ManualResetEventSlim();
        fixture.Store.Accept(StoreFolder.Entry("e0"), _ => release.Wait(StoreFolder.Patience));
        var inbox = fixture.Inbox(inbound: InboundClass.CursorPolled);
        var (large, small) = (inbox.AcceptAsync(Cursor("e1", new string('x', 1_000_000)), CancellationToken.None),
            inbox.AcceptAsync(Cursor("e2"), CancellationToken.None));
        release.Set();
        Assert.Equal((Acceptance.Refused("full"), OutOfOrder), (fixture.Get(large), fixture.Get(small)));
        Assert.Null(fixture.Store.State("a", "cursor"));
    }

    [Fact]
    public void A_discarded_event_with_state_keeps_the_order_too()
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPendingBytes = 2000 });
        var inbox = fixture.Inbox(inbound: InboundClass.CursorPolled);
        Assert.Equal(Acceptance.Refused("full"), Wait(fixture, inbox, Cursor("e1", new string('x', 3000))));
        Assert.Equal(OutOfOrder, Wait(fixture, inbox, Cursor("e2") with { IsHistory = true }));
        Assert.Equal(Acceptance.Discarded("history"), Wait(fixture, inbox, Cursor("e1") with { IsHistory = true }));
        Assert.Equal("e1", fixture.Store.State("a", "cursor"));
    }

    /// <summary>Where nothing is delivered again, an event is worth more than the state that comes with it.</summary>
    [Fact]
    public void Without_redelivery_a_later_event_is_stored_and_its_state_is_left_out()
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPending = 1 });
        var inbox = fixture.Inbox(inbound: InboundClass.NonReplayable);
        var ticket = new Ticket("t", fixture.Clock.GetUtcNow().AddMinutes(1));
        var handler = fixture.AttachHandler();
        Assert.Equal(Acceptance.Stored, Wait(fixture, inbox, DispatchFixture.Message("e0")));
        Assert.Equal(Acceptance.Refused("busy"), Wait(fixture, inbox, DispatchFixture.Message("e1") with { Ticket = ticket }));
        fixture.Until(() => handler.Turns.Count == 1);
        handler.Complete(0);
        Assert.Equal(Acceptance.Stored, Wait(fixture, inbox, Cursor("e2")));
        Assert.Null(fixture.Store.State("a", "cursor"));
        fixture.Until(() => handler.Turns.Count == 2);
        handler.Complete(1);
        Assert.Equal(Acceptance.Stored, Wait(fixture, inbox, DispatchFixture.Message("e1")));
        fixture.Until(() => handler.Turns.Count == 3);
        handler.Complete(2);
        Assert.Equal(Acceptance.Stored, Wait(fixture, inbox, Cursor("e3")));
        Assert.Equal("e3", fixture.Store.State("a", "cursor"));
    }

    private static Acceptance Wait(DispatchFixture fixture, IInbox inbox, InboundEvent e) =>
        fixture.Get(inbox.AcceptAsync(e, CancellationToken.None));
}
