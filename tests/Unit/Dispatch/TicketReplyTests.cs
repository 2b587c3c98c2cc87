using PluginGateway.Loading;

namespace PluginGateway.Tests.Dispatch;

/// <summary>Replies by the ticket of the event that they answer.</summary>
public sealed class TicketReplyTests
{
    private static readonly Chat Direct = new("1", ChatKind.Direct);
    private static readonly AdapterTraits ByTicket = new() { Features = MessageFeatures.Tickets, MaxTextLength = 10, MaxButtons = 8 };

    [Fact]
    public void Each_part_of_each_reply_has_the_ticket_of_its_own_event_and_what_is_no_reply_has_none()
    {
        using var fixture = new DispatchFixture();
        var adapter = fixture.Attach(traits: ByTicket);
        adapter.Always = SendResult.Sent("m");
        var handler = fixture.AttachHandler(events: EventKinds.All);
        var (one, two) = (Accept(fixture, "e1", "1"), Accept(fixture, "e2", "2"));
        fixture.Accept(DispatchFixture.Message("e3", "3"));
        fixture.Until(() => handler.Turns.Count == 3);
        for (var i = 0; i < 3; i++) handler.Reply(i, $"long text {i}");
        fixture.Until(() => adapter.Sends.Count == 6);
        Assert.Equal(
            [("1", one), ("1", one), ("2", two), ("2", two), ("3", null), ("3", null)],
            adapter.Sends.Select(static send => (send.Message.Chat.Id, send.Message.Ticket)).OrderBy(static send => send.Id, StringComparer.Ordinal));
    }

    [Fact]
    public void A_press_is_answered_by_the_ticket_of_the_press()
    {
        using var fixture = new DispatchFixture();
        var adapter = fixture.Attach(traits: ByTicket);
        adapter.Always = SendResult.Sent("ours");
        var handler = fixture.AttachHandler(events: EventKinds.All);
        Accept(fixture, "e1", "1");
        fixture.Until(() => handler.Turns.Count == 1);
        handler.Get(handler.Turns[0].Turn.ReplyAsync(new Reply("Shall I?") { Buttons = new ButtonSet([new Button("y", "Yes")]) }, CancellationToken.None));
        handler.Complete(0);
        fixture.Until(() => adapter.Sends.Count == 1);
        var ticket = new Ticket("of the press", fixture.Clock.GetUtcNow().AddMinutes(1));
        var press = new ButtonPressed("p", Direct, new Sender("u"), adapter.Sends[0].Message.Buttons[0].Token) { Ticket = ticket };
        Assert.Equal(Acceptance.Stored.Kind, fixture.Get(Inbox(fixture).AcceptAsync(press, CancellationToken.None)).Kind);
        fixture.Until(() => handler.Turns.Count == 2);
        Assert.Null(handler.Turns[1].Turn.Event.Ticket);
        handler.Reply(1, "done");
        fixture.Until(() => adapter.Sends.Count == 2);
        Assert.Equal(ticket, adapter.Sends[1].Message.Ticket);
    }

    [Fact]
    public void Nothing_is_stored_for_an_adapter_that_does_not_reply_by_tickets()
    {
        using var fixture = new DispatchFixture();
        fixture.Attach();
        fixture.AttachHandler();
        fixture.Accept(DispatchFixture.Message("e1") with { Ticket = new Ticket("t", fixture.Clock.GetUtcNow().AddMinutes(1)) });
        Assert.Equal(0, fixture.Store.Read(TimeSpan.FromMinutes(1), static db => db.Scalar<long>("SELECT count(*) FROM tickets")).Value);
    }

    private static IInbox Inbox(DispatchFixture fixture) =>
        fixture.Intake.Open("a", 1, InboundClass.AckGated, static () => false, keepsTickets: true);

    private static Ticket Accept(DispatchFixture fixture, string eventId, string chat)
    {
        var ticket = new Ticket($"ticket of {eventId}", fixture.Clock.GetUtcNow().AddMinutes(1));
        var accepted = Inbox(fixture).AcceptAsync(DispatchFixture.Message(eventId, chat) with { Ticket = ticket }, CancellationToken.None);
        Assert.Equal(Acceptance.Stored, fixture.Get(accepted));
        return ticket;
    }
}
