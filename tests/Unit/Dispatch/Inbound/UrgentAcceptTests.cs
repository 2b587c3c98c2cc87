using PluginGateway.Configuration.Options;
using PluginGateway.Dispatch;
using PluginGateway.Dispatch.Inbound;
using PluginGateway.Loading;
using PluginGateway.Tests.Store;

namespace PluginGateway.Tests.Dispatch.Inbound;

/// <summary>Events whose answer a person or a platform waits for: presses, and events with a ticket.</summary>
public sealed class UrgentAcceptTests
{
    private static readonly Chat Direct = new("1", ChatKind.Direct);
    private static readonly Sender Ann = new("ann");

    [Theory]
    [InlineData(InboundClass.AckGated)]
    [InlineData(InboundClass.NonReplayable)]
    public void A_press_is_stored_when_the_inbox_is_full_for_messages(InboundClass inbound)
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPending = 3 });
        fixture.Intake.Quota.SetShares(["a", "b"]);
        var token = Ask(fixture, out var handler);
        var inbox = fixture.Inbox(inbound: inbound);
        var calls = Enumerable.Range(0, 4).Select(i => inbox.AcceptAsync(DispatchFixture.Message($"e{i}"), CancellationToken.None)).ToArray();
        fixture.Until(() => handler.Turns.Count == 2);
        var answered = inbound == InboundClass.NonReplayable ? 2 : 4;
        // Calls are completed on threads of their own.
        fixture.Until(() => calls.Count(static call => call.IsCompleted) == answered);
        fixture.Settle();
        Assert.Equal(answered, calls.Count(static call => call.IsCompleted));
        var press = inbox.AcceptAsync(new ButtonPressed("p1", Direct, Ann, token), CancellationToken.None);
        Assert.Equal((AcceptanceKind.Stored, InteractionVerdict.Taken), (fixture.Get(press).Kind, fixture.Get(press).Answer!.Verdict));
        // It has taken no room of another adapter, and its own is free again when something ends.
        Assert.Equal(Acceptance.Stored, fixture.Accept(DispatchFixture.Message("other"), "b"));
        Assert.Equal(3, fixture.Intake.Quota.Of("a").Pending);
        handler.Complete(1);
        Assert.Equal(2, fixture.Intake.Quota.Of("a").Pending);
    }

    [Fact]
    public void The_room_for_urgent_has_a_bound_and_beyond_it_a_press_is_answered_busy_at_once()
    {
        var quota = new MessageQuota(new InboxLimits { MaxPending = 2 });
        quota.SetShares(["a", "b"]);
        Assert.True(quota.TryReserve("a", 10));
        Assert.False(quota.TryReserve("a", 10));
        for (var i = 0; i < 64; i++) Assert.True(quota.TryReserve("a", 10, hasOwnRoom: true));
        Assert.False(quota.TryReserve("a", 10, hasOwnRoom: true));
        Assert.True(quota.TryReserve("b", 10));
        Assert.Equal((66, 660, 65), (quota.Count, quota.Bytes, quota.Of("a").Pending));
        quota.Release("a", 10);
        Assert.True(quota.TryReserve("a", 10, hasOwnRoom: true));
        for (var i = 0; i < 65; i++) quota.Release("a", 10);
        quota.Release("b", 10);
        Assert.Equal((0, 0), (quota.Count, quota.Bytes));
        Assert.True(quota.TryReserve("a", 10));
    }

    [Fact]
    public void An_event_with_a_ticket_is_refused_as_busy_instead_of_waiting_for_room()
    {
        using var fixture = new DispatchFixture(new InboxLimits { MaxPending = 1 });
        Assert.Equal(Acceptance.Stored, fixture.Accept(DispatchFixture.Message("e1")));
        var ticket = new Ticket("t", fixture.Clock.GetUtcNow().AddMinutes(1));
        var call = fixture.Inbox(inbound: InboundClass.NonReplayable)
            .AcceptAsync(DispatchFixture.Message("e2") with { Ticket = ticket }, CancellationToken.None);
        Assert.True(call.IsCompleted);
        Assert.Equal(Acceptance.Refused("busy"), fixture.Get(call));
    }

    [Fact]
    public void A_press_whose_commit_is_late_is_answered_busy_in_time_and_counts_once()
    {
        using var fixture = new DispatchFixture();
        var token = Ask(fixture, out var handler, answers: true);
        using var release = new ManualResetEventSlim();
        fixture.Store.Accept(StoreFolder.Entry("e0"), _ => release.Wait(StoreFolder.Patience));
        var ticket = new Ticket("t", fixture.Clock.GetUtcNow().AddMinutes(1));
        var press = new ButtonPressed("p1", Direct, Ann, token) { Ticket = ticket };
        var inbox = fixture.Inbox();
        var late = inbox.AcceptAsync(press, CancellationToken.None);
        while (fixture.Dispatcher.Step(TimeSpan.Zero)) continue;
        fixture.Clock.Advance(InboxIntake.UrgentWait - TimeSpan.FromMilliseconds(1));
        fixture.Dispatcher.Step(TimeSpan.Zero);
        Assert.False(late.IsCompleted);
        fixture.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((Acceptance.Refused("busy"), null), (fixture.Get(late), fixture.Get(late).Answer));

        // The platform delivers it again.
        var again = inbox.AcceptAsync(press, CancellationToken.None);
        release.Set();
        Assert.Equal((AcceptanceKind.Duplicate, InteractionVerdict.Taken), (fixture.Get(again).Kind, fixture.Get(again).Answer!.Verdict));
        fixture.Until(() => handler.Turns.Count == 2);
        Assert.IsType<ButtonPressed>(handler.Turns[1].Turn.Event);
        handler.Complete(1);
        fixture.Settle();
        Assert.Equal(2, handler.Turns.Count);
        Assert.Equal(0, fixture.Intake.Quota.Of("a").Pending);
    }

    /// <summary>Has a handler ask with a button; returns the button's token.</summary>
    private static string Ask(DispatchFixture fixture, out FakeHandler handler, bool answers = false)
    {
        var adapter = fixture.Attach(traits: new AdapterTraits { MaxButtons = 8 }, answers: answers);
        var asking = handler = fixture.AttachHandler(events: EventKinds.All);
        fixture.Accept(DispatchFixture.Message("ask"));
        fixture.Until(() => asking.Turns.Count == 1);
        asking.Do(asking.Turns[0].Turn.ReplyAsync(new Reply("Shall I?") { Buttons = new ButtonSet([new Button("y", "Yes")]) }, CancellationToken.None));
        fixture.Until(() => adapter.Sends.Count == 1);
        adapter.Answer(0, SendResult.Sent("ours"));
        asking.Complete(0);
        return adapter.Sends[0].Message.Buttons[0].Token;
    }
}
